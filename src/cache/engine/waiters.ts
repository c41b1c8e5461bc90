/** Those who wait for another process to fill a key. */
export interface Waiters {
  /** Resolves when one of the keys is told to be filled, or after `ms`. */
  wait(keys: readonly string[], ms: number): Promise<void>;
  wake(keys: readonly string[]): void;
  /** How many keys are waited for. */
  readonly size: number;
}

export function createWaiters(sleep: (ms: number) => Promise<void>): Waiters {
  const waiting = new Map<string, Set<() => void>>();
  return {
    async wait(keys, ms) {
      const { promise, resolve } = Promise.withResolvers<void>();
      for (const key of keys) waiting.set(key, (waiting.get(key) ?? new Set()).add(resolve));
      await Promise.race([promise, sleep(ms)]);
      for (const key of keys) {
        const others = waiting.get(key);
        others?.delete(resolve);
        if (others?.size === 0) waiting.delete(key);
      }
    },
    wake(keys) {
      for (const key of keys) for (const resolve of waiting.get(key) ?? []) resolve();
    },
    get size() {
      return waiting.size;
    },
  };
}
