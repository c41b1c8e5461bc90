/** Sleeps that end when the test says so, or as they are told to. */
export function heldSleep() {
  const sleeping: { readonly ms: number; readonly wake: () => void }[] = [];
  return {
    /** How long each of those that sleep now means to, in milliseconds. */
    waits: () => sleeping.map(({ ms }) => ms),
    wakeAll() {
      for (const { wake } of sleeping.splice(0)) wake();
    },
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        const one = { ms, wake: resolve };
        sleeping.push(one);
        signal?.addEventListener('abort', () => {
          sleeping.splice(sleeping.indexOf(one), 1);
          reject(signal.reason);
        });
      }),
  };
}
