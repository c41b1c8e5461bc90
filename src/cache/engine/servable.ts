import type { SharedTier } from '../redis/shared-tier.ts';
import { type Dependencies, judgeAll } from './dependencies.ts';
import type { Generations } from './generations.ts';

/**
 * Whether what this process holds, or is loading, may be served without asking Redis again. Valid: yes. Invalid: no.
 * Unverified: only where a failed trip means that Redis is away, so that nobody knows of an invalidation. After a stall
 * of this process it does not mean that.
 */
export type IsServable = (dependencies: readonly Dependencies[]) => boolean;

export function createIsServable(generations: Generations, shared: SharedTier | null): IsServable {
  return (dependencies) => {
    const verdict = judgeAll(generations, dependencies);
    return verdict === 'valid' || (verdict === 'unverified' && !shared?.isResuming);
  };
}
