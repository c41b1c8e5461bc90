import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { send } from '../support/http-client.ts';

const SLOW = { timeout: 300_000 };
const ENVIRONMENT = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  NODE_ENV: 'test',
  SANDBOX_SELLERS: '3',
};

describe('npm start', SLOW, () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'passes %s on, and ends with the gateway and its exit code',
    async (signal) => {
      const npm = spawn('npm', ['start'], {
        env: { ...ENVIRONMENT, PORT: '0' },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      onTestFinished(() => void npm.kill('SIGKILL'));
      const messages: string[] = [];
      const port = await new Promise<number>((resolve) => {
        createInterface({ input: npm.stdout }).on('line', (line) => {
          const entry = line.startsWith('{') ? (JSON.parse(line) as { msg: string; port: number }) : null;
          if (entry) messages.push(entry.msg);
          if (entry?.msg === 'listening') resolve(entry.port);
        });
      });
      const origin = `http://127.0.0.1:${port}`;
      expect((await send({ origin }, '/healthz')).status).toBe(200);
      const closed = once(npm, 'close');
      npm.kill(signal);
      expect(await closed).toEqual([0, null]);
      expect(messages.at(-1)).toBe('stopped');
      await expect(send({ origin }, '/healthz')).rejects.toThrow();
    },
  );
});

describe('an unsupported Node version', SLOW, () => {
  // Only the version that it tells is another, so that no second Node is needed.
  const OLD = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.1.0'})`;

  it('is reported in one line, with the remedy', async () => {
    const run = promisify(execFile)(process.execPath, [
      '--import',
      OLD,
      '--import',
      './scripts/prepare-node.js',
      'src/main.ts',
    ]);
    await expect(run).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^catalog-gateway needs Node 24 or newer, .*npm start.*\n$/),
    });
  });
});
