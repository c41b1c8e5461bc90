import { subscribe } from 'node:diagnostics_channel';

// Preloaded into every measured server, with `--expose-gc`, so that all of them are measured from inside in the same way.

/** What a server process has used. */
export interface Usage {
  /** CPU time of all its threads since its start, in milliseconds. */
  readonly cpuMs: number;
  /** Resident memory, in bytes. */
  readonly resident: number;
  /** The part of it that JavaScript objects and buffers occupy, in bytes. */
  readonly used: number;
  /** Executed operations since its start. */
  readonly executions: number;
}

/** Each message is an execution by a server that has no such channel of its own. */
export const EXECUTIONS = 'benchmark:execution';
const GATEWAY_EXECUTIONS = 'tracing:catalog-gateway:graphql:execution:start';

let executions = 0;
for (const channel of [EXECUTIONS, GATEWAY_EXECUTIONS])
  subscribe(channel, () => {
    executions += 1;
  });

process.on('message', (message) => {
  if (message === 'collected-usage') {
    // The second collection frees what finalizers of the first have released. Both give back unused memory.
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send?.({
    cpuMs: (user + system) / 1000,
    resident: rss,
    used: heapUsed + external,
    executions,
  } satisfies Usage);
});
// The server decides when it ends.
process.channel?.unref();
