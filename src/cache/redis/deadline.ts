import { STALL_MS } from '../stalls.ts';

/** Redis did not reply in time. It may have executed the commands, or may still execute them. */
export class RedisTimedOut extends Error {
  override name = 'RedisTimedOut' as const;
  readonly afterMs: number;

  constructor(afterMs: number) {
    super(`no reply within ${Math.round(afterMs)} ms`);
    this.afterMs = afterMs;
  }
}

export interface Deadline {
  /** Resolves to the result of the work, or rejects with RedisTimedOut at the deadline. */
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
  // The deadline ends one turn of the event loop later, because timers run before sockets. If this process was slow, it
  // first reads a reply that has already arrived, and Redis is not blamed.
  let timer: NodeJS.Timeout;
  const start = (ring: () => void) => {
    timer = setTimeout(ring, ms);
  };
  const startedAt = performance.now();
  // After a long stall of this process, the commands get the same time again.
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
