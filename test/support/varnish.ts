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

/** For `describe.skipIf`: the global set-up has said how to get one. */
export const noVarnish = binary === undefined;

/** A real HTTP cache in front of a gateway, with `varnish.vcl`. It ends with the test. */
export interface Varnish {
  readonly origin: string;
  /** Drops every answer with this surrogate key. */
  purge(surrogateKey: string): Promise<void>;
}

// What it does of its own accord is off: what a gateway's headers do not allow, nobody does.
const PARAMETERS = {
  default_ttl: 0,
  default_grace: 0,
  // What has run out stays, to be asked for by its entity tag.
  default_keep: 3600,
  // It would ask for gzip alone, and unpack that for those who do not take it.
  http_gzip_support: 'off',
  thread_pools: 1,
  thread_pool_min: 10,
};

export async function startVarnish(gatewayPort: number): Promise<Varnish> {
  const directory = mkdtempSync(join(tmpdir(), 'catalog-gateway-varnish-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const vcl = readFileSync(new URL('varnish.vcl', import.meta.url), 'utf8');
  writeFileSync(join(directory, 'varnish.vcl'), vcl.replace('GATEWAY_PORT', String(gatewayPort)));
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
      // Rights to drop are not there for everybody who runs the tests.
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

/** It takes the process that serves along. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
