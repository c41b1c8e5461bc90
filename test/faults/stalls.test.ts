import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { noRedis } from '../support/redis.ts';
import {
  ADMIN_TOKEN,
  PATIENCE,
  putCatalog,
  sellerIds,
  shareGateways,
  titlesOf,
} from '../support/shared-gateways.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

// Above the trust time, and above the time after which a silent connection is cut.
const PAUSE_MS = 3500;
const ROUNDS = 9;
const AT_ONCE = 25;
// The default. The pause has to be longer.
const BUDGET = { REDIS_BUDGET_MS: '50' };

describe.skipIf(noRedis)('a gateway process that was suspended', { timeout: 300_000 }, () => {
  it('serves nothing invalidated meanwhile, with healthy, killed or cut connections', async () => {
    const scene = await shareGateways();
    const proxy = await startTcpProxy(scene.redis.port);
    onTestFinished(() => proxy.close());
    const other = await scene.start();
    const paused = await scene.start({ ...BUDGET, REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
    const [seller = ''] = await sellerIds(other, 1);
    const invalidate = `mutation { invalidate(tags: ["seller:${seller}", "catalogs:seller:${seller}"]) { acknowledgedBy } }`;
    const old: string[] = [];

    for (let round = 0; round < ROUNDS; round += 1) {
      const before = `Before ${round}`;
      putCatalog(scene, seller, before);
      await other.query(invalidate, ADMIN_TOKEN);
      const titleOf = async () => (await titlesOf(paused, seller)).titles?.join();
      await expect.poll(titleOf, PATIENCE).toBe(before);
      // Past its trust, so that what it asks now is on its way while it stands still.
      await setTimeout(1100);
      const onTheirWay = Promise.all(Array.from({ length: AT_ONCE }, titleOf));
      await setTimeout(round % 3);
      paused.freeze();
      putCatalog(scene, seller, `After ${round}`);
      const { data } = await other.query(invalidate, ADMIN_TOKEN);
      expect(data).toEqual({ invalidate: { acknowledgedBy: 'redis' } });
      if (round % 3 === 1) await scene.plain.call('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'yes');
      if (round % 3 === 2) proxy.cut();
      proxy.pass();
      const waiting = Array.from({ length: AT_ONCE }, titleOf);
      await setTimeout(PAUSE_MS);
      paused.thaw();
      for (let time = 0; time < 4; time += 1) {
        const titles = await Promise.all([...waiting.splice(0), ...Array.from({ length: AT_ONCE }, titleOf)]);
        old.push(...titles.flatMap((title) => (title === `After ${round}` ? [] : [`${round}: ${title}`])));
      }
      await onTheirWay;
    }
    expect(old).toEqual([]);
  });

  it('answers from memory once it detects that Redis is down', async () => {
    const scene = await shareGateways();
    const gateway = await scene.start(BUDGET);
    const [seller = ''] = await sellerIds(gateway, 1);
    putCatalog(scene, seller, 'Kept');
    const titleOf = async () => (await titlesOf(gateway, seller)).titles?.join();
    expect(await titleOf()).toBe('Kept');
    gateway.freeze();
    await scene.redis.stop();
    scene.sandbox.configure({ errorRate: 1 });
    await setTimeout(PAUSE_MS);
    gateway.thaw();
    await expect.poll(titleOf, PATIENCE).toBe('Kept');
  });
});
