import { createClient } from 'graphql-ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { InvalidateDocument } from '../operations/generated.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();
const ADMIN_TOKEN = 'a-token-for-operators';

async function start() {
  const upstream = mockUpstream({ sellers: [1, 2].map((id) => sellerRecord({ id, name: `Seller ${id}` })) });
  const gateway = await startGateway({ ADMIN_TOKEN });
  const client = createClient({
    url: `${gateway.origin.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
  });
  onTestFinished(() => client.dispose());
  return { upstream, gateway, client };
}

describe('a WebSocket', () => {
  it('has live responses, queries, and errors', async () => {
    const { upstream, gateway, client } = await start();
    const results: unknown[] = [];
    const unsubscribe = client.subscribe(
      { query: 'subscription { sellers { items { name } } }' },
      { next: (result) => void results.push(result.data), error: () => {}, complete: () => {} },
    );
    await expect
      .poll(() => results)
      .toEqual([{ sellers: { items: [{ name: 'Seller 1' }, { name: 'Seller 2' }] } }]);
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'Renamed' });
    await gateway.query(InvalidateDocument, { tags: ['sellers'] }, ADMIN_TOKEN);
    await expect
      .poll(() => results[1])
      .toEqual({ sellers: { items: [{ name: 'Renamed' }, { name: 'Seller 2' }] } });
    const queried: unknown[] = [];
    for await (const result of client.iterate({ query: '{ sellers { totalItems } }' })) queried.push(result);
    expect(queried).toEqual([{ data: { sellers: { totalItems: 2 } } }]);
    await expect(async () => {
      for await (const _ of client.iterate({ query: 'subscription { sellers { nothing } }' }));
    }).rejects.toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    unsubscribe();
    await expect.poll(() => gateway.events.filter(({ type }) => type === 'live-closed')).toHaveLength(1);
  });
});
