import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { COMPILE_CACHE } from '../support/compile-cache.ts';
import { post, send } from '../support/http-client.ts';
import { freePort } from '../support/redis.ts';
import { open, smallDisk, stalledPipe } from '../support/standard-output.ts';

const SLOW = { timeout: 300_000 };
const PATIENCE = { timeout: 60_000, interval: 50 };
// About 1 KB of log each at the level of the tests: more than pipes, sockets and the gateway keep together.
const REQUESTS = 800;

interface Gateway {
  readonly origin: string;
  readonly child: ChildProcess;
}

/** A gateway that logs everything, from its first answer on: its output may be out of reach. */
async function startGateway(
  stdio: StdioOptions,
  variables: Record<string, string> = {},
  command: readonly string[] = [process.execPath, 'src/main.ts'],
): Promise<Gateway> {
  const port = await freePort();
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    env: {
      PATH: process.env.PATH,
      ...COMPILE_CACHE,
      PORT: String(port),
      LOG_LEVEL: 'trace',
      SANDBOX_SELLERS: '3',
      SANDBOX_LATENCY_MS: '0',
      ...variables,
    },
    stdio,
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const origin = `http://127.0.0.1:${port}`;
  await expect.poll(() => isHealthy(origin), PATIENCE).toBe(true);
  return { origin, child };
}

async function isHealthy(origin: string): Promise<boolean> {
  const answer = await send({ origin }, '/healthz').catch(() => null);
  return answer?.status === 200;
}

/** Different questions, so that each is executed. */
async function askMuch(gateway: Gateway): Promise<void> {
  const statuses = new Set<number>();
  for (let first = 0; first < REQUESTS; first += 40) {
    const batch = Array.from({ length: 40 }, (_, index) =>
      post(gateway, { query: `{ a${first + index}: sellers { totalItems } }` }),
    );
    for (const { status } of await Promise.all(batch)) statuses.add(status);
  }
  expect([...statuses]).toEqual([200]);
}

async function droppedLines(gateway: Gateway): Promise<number> {
  const { text } = await send(gateway, '/metrics');
  return Number(/^catalog_gateway_log_lines_dropped_total (\d+)$/m.exec(text)?.[1]);
}

async function expectEnd({ child }: Gateway): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
}

describe('an unwritable log', SLOW, () => {
  it('does not keep the gateway from serving and stopping on a full disk, and recovers', async () => {
    const disk = smallDisk();
    const log = join(disk, 'log');
    const gateway = await startGateway(['ignore', open(log, 'a'), 'inherit'], { LOG_LEVEL: 'info' });
    const filler = join(disk, 'filler');
    expect(() => writeFileSync(filler, Buffer.alloc(128 * 1024))).toThrow('ENOSPC');
    await askMuch(gateway);
    expect(await droppedLines(gateway)).toBeGreaterThan(0);
    unlinkSync(filler);
    await post(gateway, { query: '{ last: sellers { totalItems } }' });
    const lines = () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{"level"'));
    const whole = () => lines().filter((line) => line.endsWith('}'));
    await expect
      .poll(() => JSON.parse(whole().at(-1) ?? ''), PATIENCE)
      .toMatchObject({
        event: 'log-lines-dropped',
        lines: await droppedLines(gateway),
      });
    expect(lines().length - whole().length).toBeLessThanOrEqual(1);
    await expectEnd(gateway);
  });

  it('does not delay the stop on a full disk', async () => {
    const disk = smallDisk();
    const output = open(join(disk, 'log'), 'a');
    const gateway = await startGateway(['ignore', output, output]);
    await askMuch(gateway);
    await expectEnd(gateway);
  });

  it('is dropped if its device is full from the start', async () => {
    const gateway = await startGateway(['ignore', open('/dev/full', 'w'), open('/dev/full', 'w')]);
    await askMuch(gateway);
    expect(await droppedLines(gateway)).toBeGreaterThan(REQUESTS);
    await expectEnd(gateway);
  });

  it('is dropped if nobody reads the pipe', async () => {
    const { output } = stalledPipe();
    const gateway = await startGateway(['ignore', output, output]);
    await askMuch(gateway);
    expect(await droppedLines(gateway)).toBeGreaterThan(0);
    await expectEnd(gateway);
  });

  it('is dropped if the reader of the pipe has closed', async () => {
    const { output, leave } = stalledPipe();
    const gateway = await startGateway(['ignore', output, output]);
    leave();
    await askMuch(gateway);
    expect(await droppedLines(gateway)).toBeGreaterThan(REQUESTS);
    await expectEnd(gateway);
  });

  it('is dropped if the reader closed before the start', async () => {
    const { output, leave } = stalledPipe();
    leave();
    const gateway = await startGateway(['ignore', output, output]);
    await askMuch(gateway);
    await expectEnd(gateway);
  });

  // Between processes of Node, and under systemd.
  it.each(['stalls', 'has gone'])('is dropped if the reader of the socket %s', async (what) => {
    const gateway = await startGateway(['ignore', 'pipe', 'pipe']);
    if (what === 'has gone') for (const stream of gateway.child.stdio) stream?.destroy();
    await askMuch(gateway);
    expect(await droppedLines(gateway)).toBeGreaterThan(0);
    await expectEnd(gateway);
  });

  it('is dropped on a stopped terminal', async () => {
    const { output } = stalledPipe();
    const command = `exec ${process.execPath} src/main.ts`;
    // It passes on what the terminal shows, and does not read more from it than its own output takes.
    const gateway = await startGateway(['ignore', output, 'inherit'], {}, [
      'script',
      '--quiet',
      '--return',
      '--command',
      command,
      '/dev/null',
    ]);
    await askMuch(gateway);
    expect(await droppedLines(gateway)).toBeGreaterThan(0);
    const [pid] = readFileSync(`/proc/${gateway.child.pid}/task/${gateway.child.pid}/children`, 'utf8').split(
      ' ',
    );
    process.kill(Number(pid), 'SIGTERM');
    await expect.poll(() => isHealthy(gateway.origin), PATIENCE).toBe(false);
    await expect.poll(() => stateOf(Number(pid)), PATIENCE).toMatch(/^(Z|gone)$/);
  });

  it('may be closed', async () => {
    const gateway = await startGateway('ignore', {}, [
      'sh',
      '-c',
      `exec ${process.execPath} src/main.ts >&- 2>&- <&-`,
    ]);
    await askMuch(gateway);
    await expectEnd(gateway);
  });
});

function stateOf(pid: number): string {
  try {
    return /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';
  } catch {
    return 'gone';
  }
}
