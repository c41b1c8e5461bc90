import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { type Guard, open } from './redis-guard.ts';
import { findTool } from './tools.ts';

const binary = findTool('redis');

/** For `describe.skipIf`: the global set-up prints how to install redis-server. */
export const noRedis = binary === undefined;

/** A real Redis for one test. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** A connection with full rights; `disconnect` it when done. */
  connect(): Redis;
  /** Stops responding without closing a connection, as a hanging machine does. */
  freeze(): void;
  thaw(): void;
  /** Kills it as a crash does; `restart` starts it again on the same port. */
  stop(): Promise<void>;
  restart(): Promise<void>;
  /** Ends it for good. */
  kill(): Promise<void>;
}

/**
 * Starts a Redis on a free port, with further `redis-server` arguments; `kill` it when done. `configuration` is the text
 * of a configuration file, which Sentinels need and write to.
 */
export function startRedis(
  args: readonly string[] = [],
  configuration?: string,
  guard: Guard = open,
): Promise<TestRedis> {
  return withFreePorts(() => startOn(args, configuration, guard));
}

/** Retries with another port if a free port was taken before its use. */
export async function withFreePorts<T>(start: () => Promise<T>, tries = 5): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (tries === 1 || !String(error).includes('Address already in use')) throw error;
    return withFreePorts(start, tries - 1);
  }
}

async function startOn(
  args: readonly string[],
  configuration: string | undefined,
  guard: Guard,
): Promise<TestRedis> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'catalog-gateway-redis-'));
  const file = configuration === undefined ? [] : [join(directory, 'redis.conf')];
  for (const path of file) writeFileSync(path, configuration ?? '');
  let server = await launch().catch((error: unknown) => {
    removeDirectory();
    throw error;
  });
  const killOnExit = () => server.kill('SIGKILL');
  process.once('exit', killOnExit);

  return {
    url: `${guard.protocol}://127.0.0.1:${port}`,
    port,
    connect: () => new Redis({ host: '127.0.0.1', port, ...guard.operator }).on('error', () => {}),
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    async kill() {
      process.removeListener('exit', killOnExit);
      await end(server);
      removeDirectory();
    },
    stop: () => end(server),
    async restart() {
      await end(server);
      server = await launch();
    },
  };

  async function launch(): Promise<ChildProcess> {
    const base = [
      ...guard.argumentsFor(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      directory,
      ...(configuration === undefined ? ['--save', ''] : []),
    ];
    const child = spawn(binary ?? '', [...file, ...base, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      if (/Ready to accept connections|Sentinel ID is/.test(line)) {
        child.stdout.resume();
        return child;
      }
      lines.push(line);
    }
    throw new Error(`Redis did not start:\n${lines.join('\n')}`);
  }

  function removeDirectory(): void {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGKILL');
  await exited;
}

/** A currently free port. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
