import { type ChildProcess, spawn } from 'node:child_process';
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
 * upstream for one second after a refused connection. `keepAlive`: number of idle connections to keep. `webSockets`: also
 * passes upgrades on, and the Host header, by which the gateway knows its own origin. It ends with the test.
 */
export async function startNginx(
  ports: readonly number[],
  { keepAlive = 0, webSockets = false } = {},
): Promise<Nginx> {
  const directory = mkdtempSync(join(tmpdir(), 'catalog-gateway-nginx-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const servers = ports.map((port) => `server 127.0.0.1:${port} fail_timeout=1s;`);
  const connection = webSockets
    ? 'proxy_set_header Host $http_host; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;'
    : 'proxy_set_header Connection "";';
  const options = keepAlive > 0 || webSockets ? `proxy_http_version 1.1; ${connection}` : '';
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  );
  const { port, child } = await withFreePorts(async () => {
    const free = await freePort();
    const configuration = `
      daemon off; pid ${directory}/pid; error_log ${directory}/error.log;
      events {}
      http {
        access_log off; ${paths.join(' ')}
        map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
        upstream gateways { ${servers.join(' ')} ${keepAlive > 0 ? `keepalive ${keepAlive};` : ''} }
        server { listen 127.0.0.1:${free}; location / { proxy_pass http://gateways; ${options} } }
      }`;
    writeFileSync(join(directory, 'nginx.conf'), configuration);
    const started = spawn(binary ?? '', ['-p', directory, '-c', join(directory, 'nginx.conf')]);
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
  while (child.exitCode === null) {
    try {
      (await connectTo({ origin: `http://127.0.0.1:${port}` })).socket.destroy();
      return;
    } catch {
      await setTimeout(50);
    }
  }
  throw new Error(`nginx ended with ${child.exitCode}`);
}
