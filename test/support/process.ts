import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

/** An entry point running as a process of its own. */
export interface TestProcess {
  /** Resolves with the first JSON line of the log that has this message. Rejects where the process ends before. */
  logged(message: string): Promise<Record<string, unknown>>;
  signal(name: NodeJS.Signals): void;
  /** Resolves when it has ended, with all that it wrote. */
  ended(): Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/**
 * Runs `node` on a file of the project, in an empty directory and with no variables but these: neither an `.env` nor
 * the environment of whoever runs the tests has a say. It is killed when the test has finished.
 */
export function startProcess(file: string, variables: Record<string, string>): TestProcess {
  const directory = mkdtempSync(join(tmpdir(), 'catalog-gateway-process-'));
  const child = spawn(process.execPath, [resolve(file)], { cwd: directory, env: variables });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
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
    async logged(message) {
      for (;;) {
        const line = find(message);
        if (line) return line;
        const ended = await Promise.race([
          once(child.stdout, 'data').then(() => false),
          end.then(() => true),
        ]);
        if (ended && !find(message)) throw new Error(`ended without "${message}": ${stdout}${stderr}`);
      }
    },
    signal: (name) => void child.kill(name),
    async ended() {
      const [code] = await end;
      return { code, stdout, stderr };
    },
  };
}
