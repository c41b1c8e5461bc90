import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../src/config/config.ts';
import { variables } from '../src/config/variables.ts';
import { startGateway } from './support/gateway.ts';
import { noRedis, startRedis } from './support/redis.ts';

interface Service {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | number | null>>;
  readonly healthcheck: { readonly test: readonly string[] };
  readonly user?: string;
  readonly image?: string;
  readonly build?: { readonly args: Readonly<Record<string, string>> };
}

type Services = Readonly<Record<'gateway' | 'redis', Service> & Record<string, Service>>;

const services: Services = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }).services;
const { gateway, redis } = services;
const dockerfile = readFileSync('Dockerfile', 'utf8');

const imageEnvironment = Object.fromEntries(
  [...dockerfile.matchAll(/^ENV (.+)$/gm)].flatMap(([, line]) =>
    (line ?? '').split(' ').map((pair) => pair.split('=') as [string, string]),
  ),
);

/** The environment of the gateway's container, by the environment that Compose runs in. */
function containerEnvironment(given: Record<string, string> = {}): Record<string, string> {
  const composed = Object.entries(gateway.environment).map(([name, value]): [string, string] => {
    const fallback = /^\$\{(\w+):-(.*)\}$/.exec(String(value ?? `\${${name}:-}`));
    return [name, fallback ? given[fallback[1] ?? ''] || (fallback[2] ?? '') : String(value)];
  });
  return { ...imageEnvironment, ...Object.fromEntries(composed) };
}

describe('the gateway in its container', () => {
  it('gets each variable that it reads, and no other', () => {
    expect(Object.keys(gateway.environment).toSorted()).toEqual(Object.keys(variables).toSorted());
  });

  it('takes the admin token from the shell', () => {
    const ADMIN_TOKEN = 'a-token-of-operators';
    expect(loadConfig(containerEnvironment({ ADMIN_TOKEN })).adminToken).toBe(ADMIN_TOKEN);
  });

  it('serves the sandbox to other machines by default', () => {
    const config = loadConfig(containerEnvironment());
    expect(config.upstream.source.kind).toBe('sandbox');
    expect(config.http).toMatchObject({ host: '0.0.0.0', port: 4000 });
    expect(config.production).toBe(true);
  });

  it('calls the configured ABConnect with the configured credentials', () => {
    const { source } = loadConfig(
      containerEnvironment({
        ABCONNECT_ENVIRONMENT: 'staging',
        ABCONNECT_USERNAME: 'user',
        ABCONNECT_PASSWORD: 'password',
        ABCONNECT_CLIENT_ID: 'id',
        ABCONNECT_CLIENT_SECRET: 'secret',
      }),
    ).upstream;
    expect(source).toMatchObject({ environment: 'staging', credentials: { username: 'user' } });
  });

  it('has the same health check from its image and from Compose', () => {
    const [, command = ''] = /^HEALTHCHECK .*?CMD (.+)$/m.exec(dockerfile) ?? [];
    expect(gateway.healthcheck.test).toEqual(['CMD', ...JSON.parse(command)]);
  });

  it('is healthy while it serves, and unhealthy after it has stopped', async () => {
    const running = await startGateway();
    const [, , ...args] = gateway.healthcheck.test;
    const check = () =>
      promisify(execFile)(process.execPath, args, { env: { PORT: new URL(running.origin).port } });
    await check();
    await running.close();
    await expect(check()).rejects.toMatchObject({ code: 1 });
  });
});

describe('containers', () => {
  it.each(Object.keys(services))('have only the rights that they need: %s', (name) => {
    expect(services[name]).toMatchObject({
      read_only: true,
      tmpfs: ['/tmp'],
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      mem_limit: expect.stringMatching(/^\d+[mg]$/),
      pids_limit: expect.any(Number),
    });
    expect(services[name]).not.toHaveProperty('cap_add');
    expect(services[name]).not.toHaveProperty('privileged');
  });

  it('do not run as root', () => {
    expect(redis.user).toBe('redis');
    expect(services.nginx?.user).toBe('nginx');
    expect(dockerfile).toMatch(/^USER node$/m);
  });

  it('pin the version of each image, or take it from a build argument', () => {
    const images = Object.values(services).flatMap(({ image }) => image ?? []);
    const [, base = ''] = /^ARG NODE_IMAGE=(.+)$/m.exec(dockerfile) ?? [];
    for (const image of [...images, base]) expect(image).toMatch(/:v?\d+\.\d+\.\d+(-\w+)?$/);
    const BASE = `\${NODE_IMAGE}`;
    const stages = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, from]) => from);
    expect(stages).toEqual([BASE, BASE, 'program', 'program']);
    expect(gateway.build?.args).toEqual({ NODE_IMAGE: `\${NODE_IMAGE:-${base}}` });
  });

  it('run the Node that the tests run on', () => {
    expect(dockerfile).toContain(`ARG NODE_IMAGE=node:${process.versions.node}-slim\n`);
  });
});

describe.skipIf(noRedis)('Redis in its container', () => {
  it('starts append-only, with a memory limit and the eviction policy of the decision', async () => {
    const [binary, ...args] = redis.command;
    expect(binary).toBe('redis-server');
    const server = await startRedis(args);
    onTestFinished(() => server.kill());
    const client = new Redis(server.url);
    onTestFinished(() => client.disconnect());

    const inForce = await client.config('GET', 'appendonly', 'maxmemory', 'maxmemory-policy');
    expect(inForce).toEqual(
      expect.arrayContaining([
        'appendonly',
        'yes',
        'maxmemory',
        String(256 * 1024 * 1024),
        'maxmemory-policy',
        'allkeys-lfu',
      ]),
    );
  });
});
