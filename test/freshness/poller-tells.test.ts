import { describe, expect, it } from 'vitest';
import { noRedis } from '../support/redis.ts';
import {
  PATIENCE,
  putCatalog,
  SLOW,
  sellerIds,
  shareGateways,
  titlesOf,
} from '../support/shared-gateways.ts';

describe.skipIf(noRedis)('with the poller', SLOW, () => {
  it('a change is visible in every process after the second poll that ends after it', async () => {
    const scene = await shareGateways();
    const variables = { POLL_INTERVAL: '1', WARM_RATE: '1000', LOG_LEVEL: 'debug' };
    const gateways = await Promise.all([scene.start(variables), scene.start(variables)]);
    const polls = () => gateways.flatMap(({ log }) => log.filter(({ event }) => event === 'polled'));
    const count = () => polls().length;
    const [id = ''] = await sellerIds(gateways[0], 1);
    putCatalog(scene, id, 'Old');
    await expect.poll(count, PATIENCE).toBeGreaterThan(2);
    for (const gateway of gateways)
      await expect.poll(() => titlesOf(gateway, id), PATIENCE).toMatchObject({ titles: ['Old'] });

    putCatalog(scene, id, 'New');
    const before = new Set(polls());
    // One may have read the record already. The next reads it after the change.
    const since = () => polls().filter((poll) => !before.has(poll));
    await expect.poll(() => since().length, PATIENCE).toBeGreaterThanOrEqual(2);
    expect(
      since()
        .slice(0, 2)
        .reduce((sum, { changes = 0 }) => sum + changes, 0),
    ).toBe(1);
    for (const gateway of gateways)
      await expect.poll(() => titlesOf(gateway, id), PATIENCE).toMatchObject({ titles: ['New'] });
  });
});
