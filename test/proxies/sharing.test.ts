import { describe, expect, it, onTestFinished } from 'vitest';
import { InvalidateDocument, SellersDocument } from '../operations/generated.ts';
import { ask, isHit, statusOf } from '../support/answers.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { noRedis, startRedis } from '../support/redis.ts';
import { usersOnly } from '../support/redis-guard.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();
const ADMIN_TOKEN = 'a-token-for-operators';
const TRUST_MS = 1000;

async function start() {
  const upstream = mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
  // All but messages: what one process does, no other hears of.
  const redis = await startRedis([], undefined, usersOnly({ gateway: ['on', '>secret', '~*', '+@all'] }));
  onTestFinished(() => redis.kill());
  const variables = { ADMIN_TOKEN, REDIS_URL: `redis://gateway:secret@127.0.0.1:${redis.port}` };
  return { upstream, first: await startGateway(variables), second: await startGateway(variables) };
}

describe.skipIf(noRedis)('of two gateways that share a Redis,', () => {
  it('one serves responses that the other stored', async () => {
    const { upstream, first, second } = await start();
    const { text } = await ask(first, SellersDocument);
    await expect.poll(async () => statusOf(await ask(second, SellersDocument))).toBe('hit; ttl=600');
    expect((await ask(second, SellersDocument)).text).toBe(text);
    expect(upstream.calls('GET /Seller')).toBe(1);
  });

  it('one drops, within the trust time, what the other invalidated', async () => {
    const { upstream, first, second } = await start();
    for (const gateway of [first, second]) {
      await ask(gateway, SellersDocument);
      expect(isHit(await ask(gateway, SellersDocument))).toBe(true);
    }
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'Renamed' });
    const { errors } = await first.query(InvalidateDocument, { tags: ['sellers'] }, ADMIN_TOKEN);
    expect(errors).toEqual([]);
    expect((await ask(first, SellersDocument)).text).toContain('Renamed');
    // It has received no message, and still trusts its memory.
    second.clock.ms += TRUST_MS / 2;
    expect((await ask(second, SellersDocument)).text).toContain('Seller 1');
    second.clock.ms += TRUST_MS / 2 + 1;
    expect((await ask(second, SellersDocument)).text).toContain('Renamed');
  });
});
