import { expect } from 'vitest';
import { startProcess, type TestProcess } from './process.ts';

/** What a command came to. */
interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What it wrote, where that is JSON. */
  readonly json: unknown;
}

/** Starts the command line with these variables and no others, nor an `.env`. It is killed when the test has finished. */
export function startCli(args: readonly string[], variables: Record<string, string>): TestProcess {
  return startProcess('src/cli/main.ts', variables, args);
}

/** Runs a command to its end. Whatever it came to, nobody may have been shown a stack. */
export async function runCli(
  args: readonly string[],
  variables: Record<string, string> = {},
): Promise<CliResult> {
  return resultOf(startCli(args, variables));
}

export async function resultOf(cli: TestProcess): Promise<CliResult> {
  const { code, stdout, stderr } = await cli.ended();
  expect(stderr).not.toMatch(/^\s+at |Internal error/m);
  return {
    code,
    stdout,
    stderr,
    get json() {
      return JSON.parse(stdout) as unknown;
    },
  };
}
