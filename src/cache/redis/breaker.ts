import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import type { Report } from '../events.ts';
import { RedisTimedOut, startDeadline } from './trip.ts';

/** The circuit breaker is open: several trips in a row failed, and no probe has succeeded since. */
export class CircuitOpen extends Error {
  override name = 'CircuitOpen' as const;
}

interface NodeBreakersOptions extends Omit<RedisBreakerOptions, 'probe'> {
  /** A trip that checks whether the node replies. */
  readonly probe: (name: string) => Promise<unknown>;
  readonly report: Report;
}

interface NodeBreakers {
  of(name: string): RedisBreaker;
  readonly isAnyOpen: boolean;
  /** Removes the breakers of nodes that have left the cluster. */
  forget(hasLeft: (name: string) => boolean): void;
  stop(): void;
}

/** A circuit breaker for each node, so that one dead node of a cluster delays no request to the others. */
export function createNodeBreakers(options: NodeBreakersOptions): NodeBreakers {
  const { probe, onChange, report } = options;
  const breakers = new Map<string, RedisBreaker>();
  const countOpen = () => [...breakers.values()].filter(({ open }) => open).length;

  return {
    of(name) {
      const known = breakers.get(name);
      if (known) return known;
      const breaker = createRedisBreaker({
        ...options,
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

export interface RedisBreaker {
  /** Runs a trip, or rejects at once while open. */
  run<T>(trip: () => Promise<T>): Promise<T>;
  readonly open: boolean;
  /** Sends no more probes. */
  stop(): void;
}

interface RedisBreakerOptions {
  /** A trip that checks whether the node replies. */
  readonly probe: () => Promise<unknown>;
  /** A trip that takes longer is a failure, even if its caller waits longer. In milliseconds. */
  readonly timeoutMs: number;
  /** Whether a failure says nothing about the node. */
  readonly isExcused?: (cause: unknown) => boolean;
  readonly onChange: (open: boolean, cause: unknown) => void;
}

// A low number, so that a dead Redis costs few requests their budget. More than one, so that one slow reply opens nothing.
const FAILURES_TO_OPEN = 3;
const PROBE_EVERY_MS = 1000;

/**
 * Opens after three failed trips in a row, and closes when a probe succeeds. Probes are separate trips, one per second, so
 * no request tests the node or waits for a test.
 */
export function createRedisBreaker(options: RedisBreakerOptions): RedisBreaker {
  const { probe, timeoutMs, isExcused = () => false, onChange } = options;
  const policy = circuitBreaker(
    handleWhen((cause) => !wasCutShort(cause) && !isExcused(cause)).orWhenResult(
      (trip) => (trip as Trip<unknown>).late,
    ),
    {
      breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
      // The timer below decides when to probe: cockatiel uses the wall clock, which may be set back.
      halfOpenAfter: Number.NEGATIVE_INFINITY,
    },
  );
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let saidOpen = false;

  policy.onBreak((reason) => {
    if (stopped) return;
    // A failed probe reopens the breaker: the reported state does not change.
    if (!saidOpen) onChange(true, 'error' in reason ? reason.error : new RedisTimedOut(timeoutMs));
    saidOpen = true;
    timer = setTimeout(() => policy.execute(() => watch(probe)).catch(() => {}), PROBE_EVERY_MS).unref();
  });
  policy.onReset(() => {
    saidOpen = false;
    onChange(false, undefined);
  });

  return {
    async run(trip) {
      if (policy.state !== CircuitState.Closed) throw new CircuitOpen('Redis circuit breaker is open');
      return (await policy.execute(() => watch(trip))).result;
    },
    get open() {
      return policy.state !== CircuitState.Closed;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };

  /** The timeout of a request with little budget left says nothing about Redis. */
  function wasCutShort(cause: unknown): boolean {
    return cause instanceof RedisTimedOut && cause.afterMs < timeoutMs / 2;
  }

  async function watch<T>(trip: () => Promise<T>): Promise<Trip<T>> {
    const deadline = startDeadline(timeoutMs);
    try {
      const result = await trip();
      return { result, late: deadline.passed };
    } finally {
      deadline.clear();
    }
  }
}

interface Trip<T> {
  readonly result: T;
  readonly late: boolean;
}
