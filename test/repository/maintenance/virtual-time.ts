/** Time that passes only where somebody sleeps, and then at once: who sleeps until the earliest moment wakes first. */
export function virtualTime() {
  const clock = { ms: 0 };
  const sleeping: { readonly at: number; readonly wake: () => void }[] = [];
  const wakeNext = () => {
    sleeping.sort((one, other) => one.at - other.at);
    const next = sleeping.shift();
    clock.ms = Math.max(clock.ms, next?.at ?? 0);
    next?.wake();
  };
  return {
    clock: { monotonic: () => clock.ms },
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      const { promise, resolve } = Promise.withResolvers<void>();
      sleeping.push({ at: clock.ms + ms, wake: resolve });
      setImmediate(wakeNext);
      await promise;
    },
  };
}
