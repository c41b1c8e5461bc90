import { expect } from 'vitest';
import { startProcess, type TestProcess } from './process.ts';

/** The result of a command. */
interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Its output, parsed as JSON. */
  readonly json: unknown;
}

/** Starts the command line with only these variables and without an `.env`. It is killed when the test has finished. */
export function startCli(args: readonly string[], variables: Record<string, string>): TestProcess {
  return startProcess('src/cli/main.ts', variables, args);
}

/** Runs a command to its end. Its output must never contain a stack. */
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
