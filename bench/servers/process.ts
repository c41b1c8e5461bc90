import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { pinned } from './cores.ts';

/** A server in a process of its own. */
export interface Server {
  readonly url: string;
  /** Its resident memory, in bytes. */
  memory(): number;
  /** CPU time of all its threads since its start, in milliseconds. Undefined except on Linux. */
  cpuMs(): number | undefined;
  stop(): Promise<void>;
}

export interface Launch {
  /** Default: `node`. */
  readonly command?: string;
  readonly args: readonly string[];
  /** Its complete environment: it inherits no variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** The cores that it may use. Default: those of the benchmark. */
  readonly cores?: string | undefined;
  /** Whether it can exchange messages with the benchmark. */
  readonly channel?: boolean;
}

const MOST_START_MS = 60_000;
const POLL_MS = 2;

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Spawns it and returns at once. It is killed at every end of the benchmark, also after an error. */
export function launch(launched: Launch): ChildProcess {
  const { command = process.execPath, args, env = {}, cores, channel = false } = launched;
  const [first, ...rest] = pinned([command, ...args], cores);
  const child = spawn(first, rest, {
    // A directory without a `.env`.
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'inherit', channel ? 'ipc' : 'ignore'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Waits until `isThere` resolves with true. Throws if the process ends first or takes too long. */
export async function untilThere(child: ChildProcess, isThere: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + MOST_START_MS;
  while (!(await isThere())) {
    if (hasEnded(child)) throw new Error(`${child.spawnargs.join(' ')} ended with ${child.exitCode}`);
    if (performance.now() > giveUpAt) throw new Error(`${child.spawnargs.join(' ')} does not answer`);
    await setTimeout(POLL_MS);
  }
}

export async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** The resident memory of a process, in bytes. */
export function residentMemory({ pid }: ChildProcess): number {
  return 1024 * Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
}

// `USER_HZ` is 100 on all architectures of Linux that Node supports.
const MS_PER_TICK = 10;

/** CPU time of all threads of a process since its start, in milliseconds. Undefined except on Linux. */
export function cpuTime({ pid }: ChildProcess): number | undefined {
  if (process.platform !== 'linux') return undefined;
  // The fields after the name of the program, which may contain spaces, begin with the third: see proc_pid_stat(5).
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])];
  return (userTicks + systemTicks) * MS_PER_TICK;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
