import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { pinned } from './cores.ts';

/** A server in a process of its own. */
export interface Server {
  readonly url: string;
  /** Its resident memory, in bytes. */
  memory(): number;
  stop(): Promise<void>;
}

export interface Launch {
  /** Arguments of `node`. */
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

/** Spawns it and returns at once. It is killed at every end of the benchmark, also after an error. */
export function launch({ args, env = {}, cores, channel = false }: Launch): ChildProcess {
  const [command, ...rest] = pinned([process.execPath, ...args], cores);
  const child = spawn(command, rest, {
    // A directory without a `.env`.
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'inherit', channel ? 'ipc' : 'ignore'],
  });
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  child.once('exit', () => process.removeListener('exit', killOnExit));
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

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
