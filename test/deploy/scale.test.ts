import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/config.ts';
import { PATHS } from '../../src/http/paths.ts';
import { startWebServer } from '../support/web-server.ts';

const { services } = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true });
const { gateway, nginx, 'gateway-replica': replica } = services;
const configuration = readFileSync('deploy/nginx/nginx.conf', 'utf8');

/** The values of a directive, wherever it is. */
function valuesOf(directive: string): string[] {
  return [...configuration.matchAll(new RegExp(`^ *${directive} (.*);$`, 'gm'))].map(
    ([, value = '']) => value,
  );
}

function secondsOf(directive: string): number {
  const [value = ''] = valuesOf(directive);
  expect(value).toMatch(/^\d+s$/);
  return Number.parseInt(value, 10);
}

describe('the profile `scale` of docker-compose.yml', () => {
  it('starts on request, with all that it needs', () => {
    const names = Object.keys(services).filter((name) => services[name].profiles?.includes('scale'));
    expect(names).toEqual(['gateway-replica', 'nginx']);
    expect(nginx.depends_on).toEqual({ 'gateway-replica': { condition: 'service_healthy' } });
    expect(replica.depends_on).toEqual(['redis']);
  });

  it('has several of the same gateway, which only nginx can reach', () => {
    const { TRUST_PROXY } = replica.environment;
    expect(TRUST_PROXY).toBe(`\${TRUST_PROXY:-uniquelocal}`);
    expect(replica).toEqual({
      ...gateway,
      profiles: ['scale'],
      ports: [],
      deploy: { replicas: `\${GATEWAY_REPLICAS:-2}` },
      environment: { ...gateway.environment, TRUST_PROXY },
      healthcheck: replica.healthcheck,
    });
    expect(loadConfig({ TRUST_PROXY: 'uniquelocal' }).clients.trustedProxies).toEqual(['uniquelocal']);
  });

  it('has an nginx that follows the containers of the gateways', () => {
    const servers = valuesOf('server').map((value) => value.split(' ').slice(0, 2));
    const { PORT } = gateway.environment;
    expect(servers).toEqual([
      [`gateway-replica:${PORT}`, 'resolve'],
      [`gateway-replica:${PORT}`, 'resolve'],
    ]);
    expect(valuesOf('resolver')).toEqual(['127.0.0.11 valid=1s ipv6=off']);
    // `keepalive_min_timeout` came with 1.27.4.
    const [, major, minor] = /^nginx:(\d+)\.(\d+)\.\d+-alpine$/.exec(nginx.image) ?? [];
    expect([Number(major), Number(minor)]).toEqual([1, expect.toSatisfy((value: number) => value >= 28)]);
  });

  it('publishes the port on which nginx listens, and mounts its configuration', () => {
    const [port] = valuesOf('listen');
    expect(nginx.ports).toEqual([`${port}:${port}`]);
    expect(nginx.volumes).toEqual(['./deploy/nginx:/etc/nginx:ro']);
    expect(nginx.healthcheck.test.at(-1)).toBe(`http://127.0.0.1:${port}/readyz`);
    expect(existsSync('deploy/nginx/nginx.conf')).toBe(true);
    for (const path of [...valuesOf('pid'), ...valuesOf('\\w+_temp_path')]) expect(path).toMatch(/^\/tmp\//);
  });

  it('gives nginx times that fit those of the gateway', () => {
    const { http, upstream } = loadConfig({});
    expect(secondsOf('keepalive_timeout') * 1000).toBeLessThan(http.keepAliveMs);
    expect(secondsOf('proxy_read_timeout') * 1000).toBeGreaterThan(3 * upstream.deadlineMs);
    expect(Number.parseInt(replica.stop_grace_period, 10) * 1000).toBeGreaterThan(2 * http.shutdownGraceMs);
    expect(Number.parseInt(nginx.stop_grace_period, 10)).toBeGreaterThan(
      secondsOf('worker_shutdown_timeout'),
    );
    // Finishes open requests; SIGTERM would cut them.
    expect(nginx.stop_signal).toBe('SIGQUIT');
  });

  it('counts a gateway as healthy when it is ready', async () => {
    let ready = false;
    const { origin } = await startWebServer(({ url }, response) => {
      response.writeHead(url !== PATHS.readiness || ready ? 200 : 503).end();
    });
    const [, , ...args] = replica.healthcheck.test;
    const check = () => promisify(execFile)(process.execPath, args, { env: { PORT: new URL(origin).port } });
    await expect(check()).rejects.toMatchObject({ code: 1 });
    ready = true;
    await check();
  });
});
