import type { GenerationTokens, SharedTier } from '../redis/shared-tier.ts';
import type { Entry } from './entry.ts';
import type { Generations } from './generations.ts';

/** What an entry, a load or a response depends on: tags, and a generation of each. */
export type Dependencies = Pick<Entry<unknown>, 'tags' | 'generations'>;

/** Valid if all are valid, invalid if one is invalid. */
export function judgeAll(
  generations: Generations,
  dependencies: readonly Dependencies[],
): ReturnType<Generations['judge']> {
  let verdict: ReturnType<Generations['judge']> = 'valid';
  for (const each of dependencies) {
    const judged = generations.judge(each);
    if (judged === 'invalid') return judged;
    if (judged === 'unverified') verdict = judged;
  }
  return verdict;
}

/**
 * Whether what this process holds, or is loading, may be served without another read of Redis. Valid: yes. Invalid: no.
 * Unverified: only while a failed trip means that Redis is away, because then no process can invalidate. After a stall of
 * this process a failed trip does not mean that.
 */
export type IsServable = (dependencies: readonly Dependencies[]) => boolean;

export function createIsServable(generations: Generations, shared: SharedTier | null): IsServable {
  return (dependencies) => {
    const verdict = judgeAll(generations, dependencies);
    return verdict === 'valid' || (verdict === 'unverified' && !shared?.isResuming);
  };
}

/**
 * What a value made of the entries depends on: all tags of known generation together, and each entry of unknown
 * generations by itself. Null if two entries have different generations of one tag: it was invalidated between their
 * loads.
 */
export function dependenciesOf(sources: readonly Entry<unknown>[]): readonly Dependencies[] | null {
  const [first, ...others] = sources;
  // Not the entry itself, whose value would live as long as its response.
  if (first && others.length === 0) return [{ tags: first.tags, generations: first.generations }];
  const tokens = new Map<string, string>();
  const unknown: Dependencies[] = [];
  for (const { tags, generations } of sources) {
    if ('sequence' in generations) {
      unknown.push({ tags, generations });
      continue;
    }
    // Not `entries()`: its pairs take a twentieth of an execution that needs no wait.
    for (let index = 0; index < tags.length; index += 1) {
      const tag = tags[index] as string;
      const token = generations[index] as string;
      if ((tokens.get(tag) ?? token) !== token) return null;
      tokens.set(tag, token);
    }
  }
  const known = { tags: [...tokens.keys()], generations: [...tokens.values()] };
  return tokens.size > 0 ? [known, ...unknown] : unknown;
}

const NO_ENTRIES = { toJson: () => null, fromJson: () => null };

/** Reads the current generations of the tags, which this process knows from then on. Rejects if Redis does not reply. */
export async function readGenerations(
  shared: SharedTier,
  generations: Generations,
  tags: readonly string[],
  timeoutMs: number,
): Promise<GenerationTokens> {
  const time = generations.tick();
  const { tokens } = await shared.read([], tags, NO_ENTRIES, timeoutMs);
  for (const tag of tags) generations.learn(tag, tokens.get(tag), time);
  return tokens;
}
