import { execFileSync } from 'node:child_process';

/** Which cores the server that is measured runs on, and which everything else. */
export interface Cores {
  readonly server: string;
  readonly rest: string;
}

/**
 * Keeps the server and what loads it apart, and this process with all that it starts on the cores of the load.
 * Undefined where the machine has one core or no `taskset`.
 */
export function separateCores(): Cores | undefined {
  const [first, ...others] = allowedCores();
  if (first === undefined || others.length === 0) return undefined;
  const cores = { server: String(first), rest: others.join(',') };
  // Every thread of this process too, which `--all-tasks` is for.
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores.rest, String(process.pid)], {
    stdio: 'ignore',
  });
  return cores;
}

/** The command, held to these cores where some are given. */
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
