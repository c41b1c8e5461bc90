import { describe, expect, it } from 'vitest';
import { SellersDocument } from '../operations/generated.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

describe('a gateway that closes', () => {
  it('finishes a query that waits for the upstream', async () => {
    const upstream = mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
    const gateway = await startGateway();
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    upstream.fail('GET /Seller', () => released);
    const answer = gateway.query(SellersDocument, {});
    await upstream.arrival('GET /Seller', 1);
    const closed = gateway.close();
    await expect(fetch(`${gateway.origin}/readyz`)).rejects.toThrow('fetch failed');
    release(undefined);
    expect((await answer).data?.sellers.totalItems).toBe(1);
    await closed;
  });

  it('aborts a hanging query after the grace period', async () => {
    const upstream = mockUpstream();
    const gateway = await startGateway({ SHUTDOWN_GRACE_MS: '100' });
    upstream.fail('GET /Seller', () => new Promise(() => {}));
    const answer = expect(gateway.query(SellersDocument, {})).rejects.toThrow('fetch failed');
    await upstream.arrival('GET /Seller', 1);
    await gateway.close();
    await answer;
    await expect.poll(() => gateway.events.map(({ type }) => type)).toContain('request-aborted');
  });
});
