import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Certificate, makeCertificate, noCertificates } from '../support/certificate.ts';
import { noRedis, startRedis } from '../support/redis.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { tlsOnly } from '../support/redis-guard.ts';
import { startRedisSentinel } from '../support/redis-sentinel.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { openGateways } from './gateways.ts';
import { expectSharing, reasonsIn, statesIn } from './sharing.ts';

describe.skipIf(noRedis || noCertificates)('gateway processes with a TLS-only Redis', () => {
  let certificate: Certificate;
  let trusting: { NODE_EXTRA_CA_CERTS: string };

  beforeAll(() => {
    certificate = makeCertificate();
    trusting = { NODE_EXTRA_CA_CERTS: certificate.certificate };
  });
  afterAll(() => certificate.remove());

  it('share a trusted one', async () => {
    const redis = await startRedis([], undefined, tlsOnly(certificate));
    onTestFinished(() => redis.kill());
    expect(redis.url).toMatch(/^rediss:/);
    await expectSharing('TLS, new process', [redis], { ...trusting, REDIS_URL: redis.url });
  });

  it('share the one that Sentinels name', async () => {
    const guard = tlsOnly(certificate);
    const { master, sentinel, name, kill } = await startRedisSentinel(guard, guard);
    onTestFinished(kill);
    await expectSharing('Sentinel over TLS, new process', [master], {
      ...trusting,
      REDIS_SENTINELS: `127.0.0.1:${sentinel.port}`,
      REDIS_SENTINEL_NAME: name,
      REDIS_TLS: 'true',
    });
  });

  it('share a Cluster', async () => {
    const { nodes, kill } = await startRedisCluster({ guard: tlsOnly(certificate) });
    onTestFinished(kill);
    await expectSharing('Cluster over TLS, new process', nodes, {
      ...trusting,
      REDIS_CLUSTER_NODES: nodes.map(({ port }) => `127.0.0.1:${port}`).join(),
      REDIS_TLS: 'true',
    });
  });

  it('continue without one with an untrusted certificate, and log it once', async () => {
    const redis = await startRedis([], undefined, tlsOnly(certificate));
    onTestFinished(() => redis.kill());
    const proxy = await startTcpProxy(redis.port);
    onTestFinished(() => proxy.close());
    const { start, storm } = await openGateways(50);
    const gateway = await start({ REDIS_URL: `rediss://127.0.0.1:${proxy.port}` });
    expect(await storm('TLS, certificate not trusted', [gateway])).toBe(1);
    const before = proxy.connections;
    while (proxy.connections < before + 4) await setTimeout(50);
    expect(await storm('TLS, certificate not trusted, tried again', [gateway])).toBe(1);
    expect(statesIn(gateway.log)).toEqual(['store-down']);
    expect(reasonsIn(gateway.log)).toEqual([expect.stringContaining('self-signed certificate')]);
  });
});
