// Preloaded into every measured server, with `--expose-gc`, so that all of them are measured from inside in the same way.

/** What a server process has used. */
export interface Usage {
  /** CPU time of all its threads since its start, in milliseconds. */
  readonly cpuMs: number;
  /** Resident memory, in bytes. */
  readonly resident: number;
  /** The part of it that JavaScript objects and buffers occupy, in bytes. */
  readonly used: number;
}

process.on('message', (message) => {
  if (message === 'collected-usage') {
    // The second collection frees what finalizers of the first have released.
    globalThis.gc?.();
    globalThis.gc?.();
  }
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send?.({
    cpuMs: (user + system) / 1000,
    resident: rss,
    used: heapUsed + external,
  } satisfies Usage);
});
// The server decides when it ends.
process.channel?.unref();
