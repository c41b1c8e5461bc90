import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import { RedisTimedOut, startDeadline } from './deadline.ts';

/** Nothing is sent for now: the last trips failed, and no probe has come through since. */
export class RedisGivenUp extends Error {
  override name = 'RedisGivenUp' as const;
}

export interface RedisBreaker {
  /** Runs a trip, or rejects at once while open. */
  run<T>(trip: () => Promise<T>): Promise<T>;
  readonly open: boolean;
  /** Lets go of it: no probe is sent any more. */
  stop(): void;
}

export interface RedisBreakerOptions {
  /** A trip that says whether the node answers. */
  readonly probe: () => Promise<unknown>;
  /** A trip that took longer is a failure, even where whoever sent it had more time. In milliseconds. */
  readonly patienceMs: number;
  /** Whether a failure says nothing of the node. */
  readonly isExcused?: (cause: unknown) => boolean;
  readonly onChange: (open: boolean, cause: unknown) => void;
}

// Few enough that a dead Redis costs few requests their budget, and more than one that one slow answer does not.
const FAILURES_TO_OPEN = 3;
const PROBE_EVERY_MS = 1000;

/**
 * Opens after three failed trips in a row, and closes when a probe comes through. The probes are trips of their own,
 * each second: no request is the one to find out, and none waits for one that does.
 */
export function createRedisBreaker(options: RedisBreakerOptions): RedisBreaker {
  const { probe, patienceMs, isExcused = () => false, onChange } = options;
  const policy = circuitBreaker(
    handleWhen((cause) => !wasCutShort(cause) && !isExcused(cause)).orWhenResult(
      (trip) => (trip as Trip<unknown>).late,
    ),
    {
      breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
      // When to probe is ours to say: cockatiel would ask the clock on the wall, which may be set back.
      halfOpenAfter: Number.NEGATIVE_INFINITY,
    },
  );
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let saidOpen = false;

  policy.onBreak((reason) => {
    if (stopped) return;
    // A probe that fails opens it once more, which is no change.
    if (!saidOpen) onChange(true, 'error' in reason ? reason.error : new RedisTimedOut(patienceMs));
    saidOpen = true;
    timer = setTimeout(() => policy.execute(() => watch(probe)).catch(() => {}), PROBE_EVERY_MS).unref();
  });
  policy.onReset(() => {
    saidOpen = false;
    onChange(false, undefined);
  });

  return {
    async run(trip) {
      if (policy.state !== CircuitState.Closed) throw new RedisGivenUp('Redis circuit breaker is open');
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

  /** A request whose budget was all but spent says nothing of Redis. */
  function wasCutShort(cause: unknown): boolean {
    return cause instanceof RedisTimedOut && cause.afterMs < patienceMs / 2;
  }

  async function watch<T>(trip: () => Promise<T>): Promise<Trip<T>> {
    const patience = startDeadline(patienceMs);
    try {
      const result = await trip();
      return { result, late: patience.passed };
    } finally {
      patience.clear();
    }
  }
}

interface Trip<T> {
  readonly result: T;
  readonly late: boolean;
}
