import { once } from 'node:events';
import type { GatewayProcess } from './gateway-process.ts';

/** Opens Node's inspector on a free port of this machine. */
export const INSPECTED = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

/** Memory in use, in bytes and including buffers, after a garbage collection of a process that was started `INSPECTED`. */
export async function heapOf(gateway: GatewayProcess): Promise<number> {
  const url = /ws:\/\/\S+/.exec(gateway.output())?.[0];
  if (url === undefined) throw new Error('the process has no inspector');
  const socket = new WebSocket(url);
  await once(socket, 'open');
  try {
    await ask(socket, 'HeapProfiler.collectGarbage');
    const { usedSize = 0, backingStorageSize = 0 } = await ask(socket, 'Runtime.getHeapUsage');
    return usedSize + backingStorageSize;
  } finally {
    socket.close();
  }
}

async function ask(socket: WebSocket, method: string): Promise<Record<string, number>> {
  socket.send(JSON.stringify({ id: 1, method }));
  for (;;) {
    const [{ data }] = (await once(socket, 'message')) as [MessageEvent<string>];
    const { id, result } = JSON.parse(data) as { id?: number; result: Record<string, number> };
    // Events have no id.
    if (id === 1) return result;
  }
}
