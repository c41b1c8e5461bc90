import { describe, expect, it, onTestFinished } from 'vitest';
import { createDeliveries } from '../../../src/http/hooks/deliveries.ts';
import { startCacheProcess } from '../../support/cache-process.ts';
import { noRedis, startRedis } from '../../support/redis.ts';

const IDENTITY = 'a'.repeat(64);

describe('the deliveries of a process by itself', () => {
  it('are known from when they are noted', async () => {
    const { cache } = await startCacheProcess();
    const deliveries = createDeliveries(cache);
    expect(await deliveries.has(IDENTITY)).toBe(false);
    await deliveries.note(IDENTITY);
    expect(await deliveries.has(IDENTITY)).toBe(true);
    expect(await deliveries.has('b'.repeat(64))).toBe(false);
  });

  it('are known for as long as their timestamps can be good, and no longer than the clocks may differ', async () => {
    const { cache, clock } = await startCacheProcess();
    const deliveries = createDeliveries(cache);
    await deliveries.note(IDENTITY);
    clock.ms += 600_000;
    expect(await deliveries.has(IDENTITY)).toBe(true);
    clock.ms += 60_000;
    expect(await deliveries.has(IDENTITY)).toBe(false);
  });
});

describe.skipIf(noRedis)('the deliveries of two processes', () => {
  async function startTwo() {
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const processes = [await startCacheProcess({ redis }), await startCacheProcess({ redis })] as const;
    onTestFinished(() => {
      for (const each of processes) each.close();
    });
    const [first, second] = processes.map(({ cache }) => createDeliveries(cache));
    return { redis, first: first as NonNullable<typeof first>, second: second as NonNullable<typeof second> };
  }

  it('are known to both', async () => {
    const { first, second } = await startTwo();
    await first.note(IDENTITY);
    expect(await second.has(IDENTITY)).toBe(true);
  });

  it('are not said to be new while Redis does not answer, and those in memory are known all the same', async () => {
    const { redis, first, second } = await startTwo();
    await first.note(IDENTITY);
    redis.freeze();
    await expect(second.has(IDENTITY)).rejects.toMatchObject({ code: 'INVALIDATION_NOT_ACKNOWLEDGED' });
    expect(await first.has(IDENTITY)).toBe(true);
    redis.thaw();
    await expect.poll(() => second.has(IDENTITY).catch(() => null), { timeout: 20_000 }).toBe(true);
  });
});
