import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { post } from '../support/http-client.ts';
import { noRedis } from '../support/redis.ts';
import { SLOW, shareGateways } from '../support/shared-gateways.ts';

const QUERY = '{ sellers { totalItems } }';

describe.skipIf(noRedis)('three gateways that share a Redis', SLOW, () => {
  it('load a list once whose pages together exceed the time limit of one call', async () => {
    const { sandbox, start } = await shareGateways({ latencyMs: { min: 700, max: 700 } });
    const variables = { UPSTREAM_DEADLINE_MS: '2000', UPSTREAM_PAGE_SIZE: '6' };
    const gateways = await Promise.all([start(variables), start(variables), start(variables)]);
    const answers = await Promise.all(gateways.map((gateway) => gateway.query(QUERY)));
    expect(answers).toEqual(answers.map(() => ({ data: { sellers: { totalItems: 30 } }, errors: [] })));
    expect(sandbox.requests()['GET /Seller']).toBe(5);
  });

  it('share one load of a no-cache request at each of them', async () => {
    const { sandbox, start } = await shareGateways();
    const variables = { REFRESH_MIN_INTERVAL: '4' };
    const gateways = await Promise.all([start(variables), start(variables), start(variables)]);
    for (const gateway of gateways) await gateway.query(QUERY);
    expect(sandbox.requests()['GET /Seller']).toBe(1);
    await setTimeout(4100);
    for (const gateway of gateways) await post(gateway, { query: QUERY }, { 'cache-control': 'no-cache' });
    expect(sandbox.requests()['GET /Seller']).toBe(2);
  });
});
