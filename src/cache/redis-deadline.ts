/** Redis did not answer in time. What was sent may have been done, or be done still. */
class RedisTimedOut extends Error {
  override name = 'RedisTimedOut' as const;
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
    reject(new RedisTimedOut(`no answer within ${Math.round(ms)} ms`));
  };
  // One turn of the event loop later, as timers come before sockets in it: where this process was the slow one, the
  // answer that has long arrived is read first, and Redis is not blamed.
  const timer = setTimeout(() => setImmediate(end), ms);
  return {
    race: (work) => Promise.race([work, late]),
    get passed() {
      return passed;
    },
    clear: () => clearTimeout(timer),
  };
}
