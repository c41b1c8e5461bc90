import { STALL_MS } from '../stalls.ts';

/** Redis did not answer in time. What was sent may have been done, or be done still. */
export class RedisTimedOut extends Error {
  override name = 'RedisTimedOut' as const;
  readonly afterMs: number;

  constructor(afterMs: number) {
    super(`no reply within ${Math.round(afterMs)} ms`);
    this.afterMs = afterMs;
  }
}

export interface Deadline {
  /** The work's result, or RedisTimedOut once time is up. */
  race<T>(work: Promise<T>): Promise<T>;
  readonly passed: boolean;
  clear(): void;
}

export function startDeadline(ms: number): Deadline {
  const { promise: late, reject } = Promise.withResolvers<never>();
  late.catch(() => {});
  let passed = false;
  const end = () => {
    passed = true;
    reject(new RedisTimedOut(ms));
  };
  // One turn of the event loop later, as timers come before sockets in it: where this process was the slow one, the
  // answer that has long arrived is read first, and Redis is not blamed.
  let timer: NodeJS.Timeout;
  const start = (ring: () => void) => {
    timer = setTimeout(ring, ms);
  };
  const startedAt = performance.now();
  // Where this process stood still for long, what was sent has as much time again.
  start(() =>
    performance.now() - startedAt > ms + STALL_MS ? start(() => setImmediate(end)) : setImmediate(end),
  );
  return {
    race: (work) => Promise.race([work, late]),
    get passed() {
      return passed;
    },
    clear: () => clearTimeout(timer),
  };
}
