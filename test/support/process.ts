import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { COMPILE_CACHE } from './compile-cache.ts';

/** An entry point running as a process of its own. */
export interface TestProcess {
  /** Resolves with the first JSON log line that has this message. Rejects if the process ends first. */
  logged(message: string): Promise<Record<string, unknown>>;
  /** Resolves with the first line of its output that contains the text. Rejects if the process ends first. */
  wrote(text: string): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** Stops reading its output, as `head` does after its last line. */
  leave(): void;
  /** Resolves with its complete output when it has ended. */
  ended(): Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/**
 * Runs `node` on a file of the project, in an empty directory and with only these variables. Neither an `.env` nor the
 * environment of the test run affects it. It is killed when the test has finished.
 */
export function startProcess(
  file: string,
  variables: Record<string, string>,
  args: readonly string[] = [],
): TestProcess {
  const directory = mkdtempSync(join(tmpdir(), 'catalog-gateway-process-'));
  const child = spawn(process.execPath, [resolve(file), ...args], {
    cwd: directory,
    env: { ...COMPILE_CACHE, ...variables },
  });
  const written = new EventEmitter();
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    written.emit('more');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    written.emit('more');
  });
  const end = once(child, 'close') as Promise<[number | null]>;
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await end;
    rmSync(directory, { recursive: true });
  });
  const find = (message: string) =>
    stdout
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .find(({ msg }) => msg === message);
  return {
    logged: (message) => until(() => find(message), message),
    wrote: (text) =>
      until(() => `${stdout}\n${stderr}`.split('\n').find((line) => line.includes(text)), text),
    signal: (name) => void child.kill(name),
    leave: () => void child.stdout.destroy(),
    async ended() {
      const [code] = await end;
      return { code, stdout, stderr };
    },
  };

  /** Resolves with the search result as soon as the output contains it. */
  async function until<T>(look: () => T | undefined, what: string): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const ended = await Promise.race([once(written, 'more').then(() => false), end.then(() => true)]);
      if (ended && look() === undefined) throw new Error(`ended without "${what}": ${stdout}${stderr}`);
    }
  }
}
