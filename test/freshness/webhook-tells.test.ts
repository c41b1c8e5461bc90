import { describe, expect, it, onTestFinished } from 'vitest';
import { deliver, SECRET, signal } from '../http/webhook/webhook-gateway.ts';
import { catalogRecord, sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { noRedis, startRedis } from '../support/redis.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';
import { get, measureStaleness } from './staleness.ts';

const mockUpstream = interceptUpstream();

const TRUST_MS = 1000;
const LIST = get('{ sellers { items { name } } }');
const CATALOGS = get('{ catalogs(sellerId: 1) { items { title } } }');
const SELLER = signal({ entity: 'seller', id: 1 });
const CATALOG = signal({ entity: 'catalog', id: 10, sellerIds: [1] });

const KINDS = [
  ['the list of sellers', LIST, SELLER],
  ["a seller's catalogs", CATALOGS, CATALOG],
] as const;

async function twoGateways({ messages }: { readonly messages: boolean }) {
  const redis = await startRedis();
  onTestFinished(() => redis.kill());
  if (!messages) {
    const admin = redis.connect();
    await admin.call('ACL', 'SETUSER', 'default', 'resetchannels');
    admin.disconnect();
  }
  const upstream = mockUpstream({
    sellers: [sellerRecord({ id: 1, name: 'Old name' })],
    catalogs: [catalogRecord({ id: 10, title: 'Old name' })],
  });
  const variables = { REDIS_URL: redis.url, HOOK_SECRETS: SECRET };
  const told = await startGateway(variables);
  const other = await startGateway(variables);
  const change = () => {
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'New name' });
    upstream.catalogs[0] = catalogRecord({ id: 10, title: 'New name' });
  };
  return { redis, told, other, change };
}

describe.skipIf(noRedis)('with webhooks', () => {
  it.each(KINDS)('%s is new at once in the process that acknowledged', async (_, ask, body) => {
    const { told, other, change } = await twoGateways({ messages: true });
    for (const gateway of [told, other]) await ask(gateway);
    change();
    expect((await deliver(told, { body })).status).toBe(202);
    expect((await ask(told)).text).toContain('New name');
  });

  it.each(KINDS)(
    '%s is new in another process within the trust time, without any message',
    async (_, ask, body) => {
      const { told, other, change } = await twoGateways({ messages: false });
      for (const gateway of [told, other]) await ask(gateway);
      change();
      expect((await deliver(told, { body })).status).toBe(202);
      const staleMs = await measureStaleness([other], ask, { old: 'Old name', everyMs: 100, forMs: 60_000 });
      expect(staleMs).toBeLessThan(TRUST_MS);
    },
  );

  it.each(KINDS)(
    '%s is new in another process by message, before any time has passed',
    async (_, ask, body) => {
      const { told, other, change } = await twoGateways({ messages: true });
      for (const gateway of [told, other]) await ask(gateway);
      change();
      expect((await deliver(told, { body })).status).toBe(202);
      await expect.poll(async () => (await ask(other)).text).toContain('New name');
    },
  );

  it('a delivery is refused while Redis is down, and accepted after its return', async () => {
    const { redis, told, change } = await twoGateways({ messages: true });
    await LIST(told);
    change();
    await redis.stop();
    const refused = await deliver(told, { body: SELLER });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    await redis.restart();
    await expect
      .poll(async () => (await deliver(told, { body: SELLER })).status, { timeout: 60_000 })
      .toBe(202);
    expect((await LIST(told)).text).toContain('New name');
  });
});
