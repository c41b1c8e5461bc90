import type { Report } from '../events.ts';
import { createRedisBreaker, type RedisBreaker } from './breaker.ts';

export interface NodeBreakersOptions {
  /** A trip to a node that takes longer is a failure. In milliseconds. */
  readonly timeoutMs: number;
  /** Whether failures say nothing about the node for now. */
  readonly isExcused: () => boolean;
  /** Checks whether the node replies. */
  readonly probe: (name: string) => Promise<void>;
  readonly onChange: (open: boolean, cause: unknown) => void;
  readonly report: Report;
}

/** A circuit breaker for each node, so that one dead node of a cluster delays no request to the others. */
export interface NodeBreakers {
  of(name: string): RedisBreaker;
  readonly isAnyOpen: boolean;
  /** Removes the breakers of nodes that have left the cluster. */
  forget(hasLeft: (name: string) => boolean): void;
  stop(): void;
}

export function createNodeBreakers(options: NodeBreakersOptions): NodeBreakers {
  const { timeoutMs, isExcused, probe, onChange, report } = options;
  const breakers = new Map<string, RedisBreaker>();
  const countOpen = () => [...breakers.values()].filter(({ open }) => open).length;

  return {
    of(name) {
      const known = breakers.get(name);
      if (known) return known;
      const breaker = createRedisBreaker({
        timeoutMs,
        isExcused,
        probe: () => probe(name),
        onChange(open, cause) {
          report({ type: open ? 'breaker-open' : 'breaker-closed', open: countOpen() });
          onChange(open, cause);
        },
      });
      breakers.set(name, breaker);
      return breaker;
    },
    get isAnyOpen() {
      return countOpen() > 0;
    },
    forget(hasLeft) {
      for (const [name, breaker] of breakers) {
        if (!hasLeft(name)) continue;
        breaker.stop();
        breakers.delete(name);
        if (breaker.open) report({ type: 'breaker-closed', open: countOpen() });
      }
    },
    stop() {
      for (const breaker of breakers.values()) breaker.stop();
    },
  };
}
