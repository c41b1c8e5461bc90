import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Arrival, Order } from './subscribers-process.ts';

const SCRIPT = fileURLToPath(new URL('./subscribers-process.ts', import.meta.url));
const MOST_WAIT_MS = 120_000;
// Each process has some files open beside its connections.
const OTHER_FILES = 500;

/** Open subscribers, in a process of their own. */
export interface Subscribers {
  /** Resolves when all have the change, or a later one. Rejects after two minutes. */
  arrival(change: number): Promise<Arrival>;
  close(): Promise<void>;
}

/** Opens them, and resolves when all have an event. */
export async function openSubscribers(order: Order): Promise<Subscribers> {
  const child = fork(SCRIPT);
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  const exited = once(child, 'exit');
  const arrivals = new Map<number, Arrival>();
  child.on('message', (arrival: Arrival) => void arrivals.set(arrival.change, arrival));
  child.send(order);

  const subscribers: Subscribers = {
    async arrival(change) {
      const signal = AbortSignal.timeout(MOST_WAIT_MS);
      while (!arrivals.has(change)) {
        await Promise.race([
          once(child, 'message', { signal }),
          exited.then(() => {
            throw new Error('the process of the subscribers has ended');
          }),
        ]);
      }
      return arrivals.get(change) as Arrival;
    },
    async close() {
      child.kill('SIGKILL');
      await exited;
      process.removeListener('exit', killOnExit);
    },
  };
  try {
    await subscribers.arrival(0);
  } catch (error) {
    await subscribers.close();
    throw error;
  }
  return subscribers;
}

/** @throws if a process may not have that many connections. Node itself raises its soft limit to the hard one. */
export function checkFileLimit(connections: number): void {
  const limit = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim();
  const needed = connections + OTHER_FILES;
  if (limit === 'unlimited' || Number(limit) >= needed) return;
  throw new Error(
    `${connections} subscribers need ${needed} open files a process, and the hard limit is ${limit}. Raise it: ` +
      `"ulimit -Hn ${needed}" as root, "LimitNOFILE=${needed}" with systemd, "--ulimit nofile=${needed}" with Docker.`,
  );
}
