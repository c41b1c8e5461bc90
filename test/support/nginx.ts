import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { connectTo } from './http-client.ts';
import { freePort, withFreePorts } from './redis.ts';
import { findTool } from './tools.ts';

const binary = findTool('nginx');

/** For `describe.skipIf`: the global set-up prints how to install nginx. */
export const noNginx = binary === undefined;

export interface Nginx {
  readonly origin: string;
  /** Its log lines for requests that no upstream answered. */
  failures(): readonly string[];
}

/**
 * A real nginx that balances over these ports of this machine with its default settings, except that it avoids an
 * upstream for one second after a refused connection. `keepAlive`: number of idle connections to keep. It ends with the
 * test.
 */
export function startNginx(ports: readonly number[], { keepAlive = 0 } = {}): Promise<Nginx> {
  const servers = ports.map((port) => `server 127.0.0.1:${port} fail_timeout=1s;`);
  const kept = keepAlive > 0 ? `keepalive ${keepAlive};` : '';
  const options = keepAlive > 0 ? 'proxy_http_version 1.1; proxy_set_header Connection "";' : '';
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return run(
    (directory, port) => `
      pid ${directory}/nginx.pid; error_log ${directory}/error.log;
      events {}
      http {
        access_log off; ${paths.map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
        upstream gateways { ${servers.join(' ')} ${kept} }
        server { listen 127.0.0.1:${port}; location / { proxy_pass http://gateways; ${options} } }
      }`,
  );
}

/**
 * A real nginx with the configuration of the Compose profile `scale`, in front of these ports of this machine. It ends
 * with the test.
 */
export function startScaleNginx(ports: readonly number[]): Promise<Nginx> {
  return run((directory, port) => scaleConfiguration(ports, directory, port));
}

/** What nginx says of that configuration. */
export function checkScaleConfiguration(): { readonly accepted: boolean; readonly output: string } {
  const directory = createDirectory();
  const { status, stderr } = spawnSync(
    binary ?? '',
    argumentsOf(directory, scaleConfiguration([1], directory, 2), '-t'),
    { encoding: 'utf8' },
  );
  return { accepted: status === 0, output: stderr };
}

function scaleConfiguration(ports: readonly number[], directory: string, port: number): string {
  // An older nginx, as distributions have it, lacks `resolve` and `keepalive_min_timeout`. Both are for addresses that
  // change and for reloads.
  const servers = ports.map((upstream) => `server 127.0.0.1:${upstream} $1;`).join('\n    ');
  const changes: readonly (readonly [RegExp, string])[] = [
    [/\/tmp\//g, `${directory}/`],
    [/server gateway-replica:4000 resolve (.*);/g, servers],
    [/keepalive_min_timeout .*;/g, ''],
    [/listen 8080;/g, `listen 127.0.0.1:${port};`],
    [/error_log stderr/g, `error_log ${directory}/error.log`],
  ];
  return changes.reduce(
    (text, [pattern, replacement]) => {
      if (text.search(pattern) === -1) throw new Error(`deploy/nginx/nginx.conf lacks ${pattern}`);
      return text.replace(pattern, replacement);
    },
    readFileSync('deploy/nginx/nginx.conf', 'utf8'),
  );
}

function createDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'catalog-gateway-nginx-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Writes the configuration, and returns the command line of an nginx that uses it. */
function argumentsOf(directory: string, configuration: string, ...more: readonly string[]): string[] {
  const file = join(directory, 'nginx.conf');
  writeFileSync(file, configuration);
  return ['-p', directory, '-c', file, '-e', join(directory, 'error.log'), '-g', 'daemon off;', ...more];
}

async function run(configurationOf: (directory: string, port: number) => string): Promise<Nginx> {
  const directory = createDirectory();
  const { port, child } = await withFreePorts(async () => {
    const free = await freePort();
    const started = spawn(binary ?? '', argumentsOf(directory, configurationOf(directory, free)));
    await untilListening(started, free);
    return { port: free, child: started };
  });
  onTestFinished(async () => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  });
  return {
    origin: `http://127.0.0.1:${port}`,
    failures: () =>
      readFileSync(join(directory, 'error.log'), 'utf8')
        .split('\n')
        // A refused connection has carried no request, so the next upstream gets the request.
        .filter((line) => line.includes('[error]') && !line.includes('Connection refused')),
  };
}

/** Whether a gateway has answered GraphQL requests since it was started. */
export async function isUsed(port: number): Promise<boolean> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return /^catalog_gateway_requests_total\{[^}]*\} [1-9]/m.test(text);
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  while (child.exitCode === null) {
    try {
      (await connectTo({ origin: `http://127.0.0.1:${port}` })).socket.destroy();
      return;
    } catch {
      await setTimeout(50);
    }
  }
  throw new Error(`nginx ended with ${child.exitCode}: ${output}`);
}
