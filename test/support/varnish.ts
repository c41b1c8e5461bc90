import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { send } from './http-client.ts';
import { freePort, withFreePorts } from './redis.ts';
import { findTool } from './tools.ts';

const binary = findTool('varnish');

/** For `describe.skipIf`: the global set-up prints how to install Varnish. */
export const noVarnish = binary === undefined;

/** A real HTTP cache in front of a gateway, with `varnish.vcl`. It ends with the test. */
export interface Varnish {
  readonly origin: string;
  /** Purges every response with this surrogate key. */
  purge(surrogateKey: string): Promise<void>;
}

interface VarnishOptions {
  /** Whether it stores private responses too, as a cache does whose `Cache-Control` somebody has overruled. */
  readonly storesPrivate?: boolean;
}

// Varnish's own defaults are off, so that only the gateway's headers decide.
const PARAMETERS = {
  default_ttl: 0,
  default_grace: 0,
  // Expired objects stay for revalidation by their entity tag.
  default_keep: 3600,
  // Varnish would request gzip only, and decompress it for other clients.
  http_gzip_support: 'off',
  thread_pools: 1,
  thread_pool_min: 10,
};

export async function startVarnish(
  gatewayPort: number,
  { storesPrivate = false }: VarnishOptions = {},
): Promise<Varnish> {
  const directory = mkdtempSync(join(tmpdir(), 'catalog-gateway-varnish-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const vcl = readFileSync(new URL('varnish.vcl', import.meta.url), 'utf8');
  writeFileSync(
    join(directory, 'varnish.vcl'),
    vcl
      .replace('GATEWAY_PORT', String(gatewayPort))
      .replace('# STORES_PRIVATE', storesPrivate ? 'return (deliver);' : ''),
  );
  const { port, child } = await withFreePorts(async () => {
    const free = await freePort();
    return { port: free, child: await launch(directory, free) };
  });
  onTestFinished(() => end(child));
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    async purge(surrogateKey) {
      const { status } = await send({ origin }, '/', {
        method: 'BAN',
        headers: { 'surrogate-key': surrogateKey },
      });
      if (status !== 204) throw new Error(`BAN was answered with ${status}`);
    },
  };
}

async function launch(directory: string, port: number): Promise<ChildProcess> {
  const child = spawn(
    binary ?? '',
    [
      '-F',
      // Not every user who runs the tests may drop privileges.
      ...['-j', 'none', '-n', directory, '-T', 'none'],
      ...['-a', `127.0.0.1:${port}`, '-f', join(directory, 'varnish.vcl'), '-s', 'malloc,16m', '-l', '8m'],
      ...Object.entries(PARAMETERS).flatMap(([name, value]) => ['-p', `${name}=${value}`]),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const lines: string[] = [];
  for await (const line of createInterface(child.stderr)) {
    if (/Child \(\d+\) said Child starts/.test(line)) {
      child.stderr.resume();
      return child;
    }
    lines.push(line);
  }
  throw new Error(`Varnish did not start:\n${lines.join('\n')}`);
}

/** SIGTERM also ends Varnish's child process, which serves. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
