import { execFileSync } from 'node:child_process';

/** The cores of the measured server, and the cores of everything else. */
export interface Cores {
  readonly server: string;
  readonly rest: string;
}

/**
 * Separates the cores of the server from those of the load, where this process and its other children run too.
 * Undefined if the machine has one core or no `taskset`.
 */
export function separateCores(): Cores | undefined {
  const [first, ...others] = allowedCores();
  if (first === undefined || others.length === 0) return undefined;
  const cores = { server: String(first), rest: others.join(',') };
  // `--all-tasks` includes every thread of this process.
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores.rest, String(process.pid)], {
    stdio: 'ignore',
  });
  return cores;
}

/** The command, pinned to these cores if some are given. */
export function pinned(
  command: readonly [string, ...string[]],
  cores: string | undefined,
): [string, ...string[]] {
  return cores === undefined ? [...command] : ['taskset', '--cpu-list', cores, ...command];
}

function allowedCores(): readonly number[] {
  try {
    const told = execFileSync('taskset', ['--cpu-list', '--pid', String(process.pid)], { encoding: 'utf8' });
    return (told.split(':').at(-1) ?? '').trim().split(',').flatMap(expand);
  } catch {
    return [];
  }
}

/** `0-3` is four cores. */
function expand(range: string): readonly number[] {
  const [from = 0, to = from] = range.split('-').map(Number);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
