import { setTimeout } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { GatewayProcess } from '../support/gateway-process.ts';
import { noRedis, startRedis, type TestRedis } from '../support/redis.ts';
import { type Gateways, openGateways, SELLERS } from './gateways.ts';

interface Stage extends Pick<Gateways, 'sandbox' | 'storm'> {
  readonly redis: TestRedis;
  readonly gateways: readonly [GatewayProcess, ...GatewayProcess[]];
  start(): Promise<GatewayProcess>;
}

/** Gateways in front of one upstream, whose answers take `latencyMs`, and with one Redis. */
async function setStage(
  processes: number,
  latencyMs: number,
  variables: Record<string, string> = {},
): Promise<Stage> {
  const redis = await startRedis();
  onTestFinished(() => redis.kill());
  const opened = await openGateways(latencyMs);
  const start = () => opened.start({ REDIS_URL: redis.url, ...variables });
  const gateways = await Promise.all(Array.from({ length: processes }, start));
  return { ...opened, redis, gateways: gateways as [GatewayProcess, ...GatewayProcess[]], start };
}

describe.skipIf(noRedis)('gateway processes', () => {
  it('load a cold key once for 1,000 concurrent requests over four processes', async () => {
    // The budget is for Redis, not for a machine on which four processes and a thousand clients share two cores.
    const { gateways, storm } = await setStage(4, 200, { REDIS_BUDGET_MS: '5000' });
    expect(await storm('cold key', gateways, 1000)).toBe(1);
  });

  it('load a cold key once each if Redis is down', async () => {
    const { gateways, storm, redis } = await setStage(2, 200);
    await redis.stop();
    // What is loaded without Redis is trusted for a second. On a busy machine more requests would come after it.
    expect(await storm('cold key, Redis killed', gateways, 40)).toBeLessThanOrEqual(2);
  });

  it('load a cold key once each if Redis hangs', async () => {
    const { gateways, storm, redis } = await setStage(2, 200);
    redis.freeze();
    onTestFinished(() => redis.thaw());
    expect(await storm('cold key, Redis stopped', gateways, 40)).toBeLessThanOrEqual(2);
  });

  it.each(['kill', 'freeze'] as const)('answer if the loading process dies (%s)', async (end) => {
    const { gateways, storm, sandbox } = await setStage(3, 1500, { REDIS_BUDGET_MS: '5000' });
    const [first, ...others] = gateways;
    const lost = first.query(SELLERS).catch(() => null);
    while (sandbox.requests()['GET /Seller'] === 0) await setTimeout(20);
    await first[end]();
    // One more than where nobody dies: a waiter takes over, and the others wait for that one.
    expect(await storm(`holder of the lease: ${end}`, others)).toBe(2);
    if (end === 'freeze') first.thaw();
    await lost;
  });

  it('find entries that others stored before their start', async () => {
    const { gateways, storm, start } = await setStage(1, 50, { REDIS_BUDGET_MS: '5000' });
    await gateways[0].query(SELLERS);
    const late = await start();
    expect(await storm('warm Redis, new process', [late])).toBe(1);
  });

  it.each<[string, (plain: Redis, redis: TestRedis) => Promise<unknown>]>([
    ['is full', (plain) => plain.config('SET', 'maxmemory', '1')],
    ['becomes a read-only replica', (plain) => plain.replicaof('127.0.0.1', 1)],
    ['is flushed', (plain) => plain.flushall()],
    ['restarts empty', (_, redis) => redis.stop().then(() => redis.restart())],
  ])('answer without an error if Redis %s', async (what, happen) => {
    const { gateways, storm, redis, start } = await setStage(3, 50, { REDIS_BUDGET_MS: '5000' });
    expect(await storm('warm', gateways)).toBe(1);
    const plain = redis.connect();
    onTestFinished(() => plain.disconnect());
    await happen(plain, redis);
    const late = await start();
    // What the three hold they go on with; the new one has to load for itself at the most.
    expect(await storm(`Redis ${what}`, [...gateways, late])).toBeLessThanOrEqual(5);
  });
});
