/** Time that passes only where somebody sleeps, and then at once. */
export function virtualTime() {
  const clock = { ms: 0 };
  return {
    clock: { monotonic: () => clock.ms },
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      clock.ms += ms;
    },
  };
}
