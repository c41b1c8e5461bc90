import { describe, expect, it } from 'vitest';
import { deliver, SECRET, signal } from '../http/webhook/webhook-gateway.ts';
import type { GatewayProcess } from '../support/gateway-process.ts';
import { send } from '../support/http-client.ts';
import { noRedis } from '../support/redis.ts';
import {
  PATIENCE,
  putCatalog,
  type SharedGateways,
  SLOW,
  sellerIds,
  shareGateways,
  titlesOf,
} from '../support/shared-gateways.ts';

const HIT = expect.stringContaining('; hit');
/** The events of a kind in the log of a process. */
function eventsIn({ log }: GatewayProcess, type: string) {
  return log.filter(({ event }) => event === type);
}

function startTwo({ start }: SharedGateways, variables: Record<string, string>) {
  return Promise.all([start(variables), start(variables)] as const);
}

describe.skipIf(noRedis)('a change signalled to one process', SLOW, () => {
  it('is in its next response, and soon in those of the other process', async () => {
    const scene = await shareGateways();
    const { controlUrl } = scene.sandbox;
    const [told, other] = await startTwo(scene, { HOOK_SECRETS: SECRET });
    const [id = ''] = await sellerIds(told, 1);
    const change = (title: string) =>
      fetch(`${controlUrl}/catalogs/70000`, {
        method: 'PUT',
        body: JSON.stringify({ title, sellerIds: [Number(id)] }),
      });
    expect((await change('Old')).status).toBe(204);
    for (const gateway of [told, other]) expect((await titlesOf(gateway, id)).titles).toEqual(['Old']);
    await change('New');
    for (const gateway of [told, other]) expect((await titlesOf(gateway, id)).titles).toEqual(['Old']);

    const delivery = {
      body: signal({ entity: 'catalog', id: 70_000, sellerIds: [Number(id)] }),
      timestamp: Math.floor(Date.now() / 1000),
    };
    const { status, text } = await deliver(told, delivery);
    expect([status, JSON.parse(text)]).toMatchObject([202, { accepted: 1, tags: 2 }]);
    expect((await titlesOf(told, id)).titles).toEqual(['New']);
    await expect.poll(() => titlesOf(other, id), PATIENCE).toMatchObject({ titles: ['New'] });
    expect((await deliver(other, delivery)).status, 'to the other, again').toBe(202);
    for (const gateway of [told, other])
      await expect.poll(() => eventsIn(gateway, 'signals-taken'), PATIENCE).toHaveLength(1);
  });

  it('is rejected without a configured secret, and with a wrong one', async () => {
    const { start } = await shareGateways();
    const now = { timestamp: Math.floor(Date.now() / 1000) };
    expect((await deliver(await start(), now)).status).toBe(404);
    const gateway = await start({ HOOK_SECRETS: 'another-of-the-source' });
    expect((await deliver(gateway, now)).status).toBe(401);
    expect((await send(gateway, '/metrics')).text).toContain(
      'catalog_gateway_hook_refusals_total{why="signature"} 1',
    );
  });
});

describe.skipIf(noRedis)('a change without a signal', SLOW, () => {
  it('is found by a poll, and unchanged data stays a hit', async () => {
    const scene = await shareGateways();
    const [one, two] = await startTwo(scene, { POLL_INTERVAL: '1', WARM_RATE: '1000', LOG_LEVEL: 'debug' });
    const both = [one, two];
    const polls = () => both.flatMap((gateway) => eventsIn(gateway, 'polled'));
    const found = () => polls().reduce((sum, { changes = 0 }) => sum + changes, 0);
    await expect.poll(() => polls().length, PATIENCE).toBeGreaterThan(0);
    // All is invalidated by the first, which has nothing to compare with, and nothing any more by those after it.
    const [changed = '', same = ''] = await sellerIds(one, 2);
    for (const id of [changed, same]) putCatalog(scene, id, 'Old');
    await expect.poll(found, PATIENCE).toBe(2);
    for (const gateway of both) {
      for (const id of [changed, same]) {
        await expect.poll(() => titlesOf(gateway, id), PATIENCE).toMatchObject({ titles: ['Old'] });
        await expect.poll(() => titlesOf(gateway, id), PATIENCE).toMatchObject({ cacheStatus: HIT });
      }
    }

    putCatalog(scene, changed, 'New');
    for (const gateway of both) {
      await expect.poll(() => titlesOf(gateway, changed), PATIENCE).toMatchObject({ titles: ['New'] });
      expect(await titlesOf(gateway, same)).toMatchObject({ titles: ['Old'], cacheStatus: HIT });
    }
    await expect.poll(found, PATIENCE).toBe(3);
    // Each may be in the middle of one.
    const codes = await Promise.all(both.map((gateway) => gateway.terminate()));
    expect(codes).toEqual([0, 0]);
    const mostPolls = polls().length + both.length;
    const { 'GET /Seller': lists, 'GET /Catalog': catalogs } = scene.sandbox.requests();
    expect(lists).toBeLessThanOrEqual(mostPolls + 1);
    expect(catalogs).toBeLessThanOrEqual(2 * mostPolls + 2 * 3);
  });

  it('is polled for by one of the processes', async () => {
    const { sandbox, start } = await shareGateways();
    const variables = { POLL_INTERVAL: '3600', WARM_RATE: '1000' };
    const polling = await start(variables);
    await expect
      .poll(() => eventsIn(polling, 'polled'), PATIENCE)
      .toMatchObject([{ baseline: true, sellers: 30 }]);
    expect(sandbox.requests()).toMatchObject({ 'GET /Seller': 1, 'GET /Catalog': 2 });
    // It warms up once it has looked whether it should poll.
    const other = await start({ ...variables, WARM_ON_START: 'true' });
    await expect.poll(() => eventsIn(other, 'warm-up-ended'), PATIENCE).toMatchObject([{ loaded: 30 }]);
    expect(eventsIn(other, 'polled')).toEqual([]);
    expect(sandbox.requests()).toMatchObject({ 'GET /Seller': 2, 'GET /Catalog': 4 });
  });
});
