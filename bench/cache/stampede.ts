import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { summarise } from '../lib/statistics.ts';
import { shared } from './contenders/index.ts';
import type { Scenario } from './scenario.ts';
import type { Rush, Rushed } from './stampede-process.ts';

const PROCESSES = 4;
const CALLERS = 1000;
const LOAD_MS = 100;
const ROUNDS = 5;
const LONGEST_WAIT_MS = 20_000;

/** Many callers in several processes read one key that is cached nowhere. */
export const stampede: Scenario = async ({ redisUrl, progress }) => {
  const rows: string[][] = [];
  const data: Record<string, unknown> = {};
  for (const { name } of shared) {
    progress.now(`stampede: ${name}`);
    const children = await Promise.all(Array.from({ length: PROCESSES }, () => startProcess(name, redisUrl)));
    const loads: number[] = [];
    const longest: number[] = [];
    try {
      for (let sellerId = 1; sellerId <= ROUNDS; sellerId += 1) {
        const results = await Promise.all(
          children.map((child) => rush(child, { sellerId, callers: CALLERS, loadMs: LOAD_MS })),
        );
        loads.push(results.reduce((sum, each) => sum + each.loads, 0));
        longest.push(Math.max(...results.map((each) => each.longestMs)));
      }
    } finally {
      for (const child of children) child.kill('SIGKILL');
    }
    rows.push([name, loads.join(', '), `${summarise(longest).median.toFixed(0)} ms`]);
    data[name] = { loads, longestMs: summarise(longest) };
  }
  return {
    title: 'Stampede',
    about: `${CALLERS.toLocaleString('en-US')} concurrent callers in each of ${PROCESSES} processes read one cold key; the load takes ${LOAD_MS} ms. ${ROUNDS} keys, one after the other.`,
    rows: [['', 'loads a key', 'until the last caller had its value: median'], ...rows],
    data,
  };
};

async function startProcess(name: string, redisUrl: string): Promise<ChildProcess> {
  const child = fork(new URL('./stampede-process.ts', import.meta.url), [name, redisUrl]);
  await nextMessage(child);
  return child;
}

async function nextMessage(child: ChildProcess): Promise<unknown> {
  const signal = AbortSignal.timeout(LONGEST_WAIT_MS);
  const message = once(child, 'message', { signal }).then(([first]) => first as unknown);
  const exit = once(child, 'exit', { signal }).then(() => Promise.reject(new Error('a process ended early')));
  return Promise.race([message, exit]);
}

async function rush(child: ChildProcess, order: Rush): Promise<Rushed> {
  child.send(order);
  return (await nextMessage(child)) as Rushed;
}
