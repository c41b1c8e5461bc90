import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { InvalidateDocument } from '../operations/generated.ts';
import { ask } from '../support/answers.ts';
import { catalogRecord, sellerRecord } from '../support/catalog-api-mock.ts';
import { openStream } from '../support/event-stream.ts';
import { startGateway } from '../support/gateway.ts';
import { post } from '../support/http-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();
const ADMIN_TOKEN = 'a-token-for-operators';
const SELLERS = 'subscription Sellers { sellers(pageSize: 2) { items { id name } } }';

async function start(variables: Record<string, string> = {}) {
  const upstream = mockUpstream({
    sellers: [1, 2, 3].map((id) => sellerRecord({ id, name: `Seller ${id}` })),
    catalogs: [1, 2].map((id) => catalogRecord({ id: 10 * id, sellerIds: [id] })),
  });
  const gateway = await startGateway({ ADMIN_TOKEN, ...variables });
  const invalidate = (...tags: string[]) => gateway.query(InvalidateDocument, { tags }, ADMIN_TOKEN);
  return { upstream, gateway, invalidate };
}

const names = (stream: Awaited<ReturnType<typeof openStream>>) =>
  stream.results.map(({ data }) =>
    (data as { sellers: { items: { name: string }[] } }).sellers.items.map(({ name }) => name),
  );

describe('a live response', () => {
  it('is what the query answers, and again when that changes', async () => {
    const { gateway, upstream, invalidate } = await start();
    const stream = await openStream(gateway, SELLERS);
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    await expect.poll(() => names(stream)).toEqual([['Seller 1', 'Seller 2']]);
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'Renamed' });
    await invalidate('sellers');
    await expect
      .poll(() => names(stream))
      .toEqual([
        ['Seller 1', 'Seller 2'],
        ['Renamed', 'Seller 2'],
      ]);
    // The same bytes are not sent again.
    await invalidate('sellers');
    upstream.sellers[1] = sellerRecord({ id: 2, name: 'Also renamed' });
    await invalidate('sellers');
    await expect.poll(() => names(stream).at(-1)).toEqual(['Renamed', 'Also renamed']);
    expect(names(stream)).toHaveLength(3);
    expect(stream.text()).toMatch(/^retry: \d+\n\n/);
  });

  it('shares its response with the query', async () => {
    const { gateway, upstream } = await start();
    await ask(
      gateway,
      parse(SELLERS.replace('subscription', 'query')),
      {},
      { accept: 'application/graphql-response+json' },
    );
    const calls = upstream.calls();
    const stream = await openStream(gateway, SELLERS);
    await expect.poll(() => names(stream)).toHaveLength(1);
    expect(upstream.calls()).toBe(calls);
  });

  it('is a request that has been answered, whoever closes it', async () => {
    const { gateway } = await start();
    const left = await openStream(gateway, SELLERS);
    const stopped = await openStream(gateway, SELLERS);
    for (const stream of [left, stopped]) await expect.poll(() => names(stream)).toHaveLength(1);
    left.close();
    await expect.poll(() => gateway.events.filter(({ type }) => type === 'live-closed')).toHaveLength(1);
    await gateway.close();
    await expect
      .poll(() => gateway.events.filter((event) => 'outcome' in event && event.outcome === 'live'))
      .toMatchObject([{ type: 'request' }, { type: 'request' }]);
  });

  it('counts from the first sample of the history on', async () => {
    const { gateway } = await start();
    const history = async () => {
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
      return (await fetch(`${gateway.origin}/admin/history`, { headers })).json();
    };
    const live = { questions: 0, renewals: { changed: 0, unchanged: 0, failed: 0 } };
    expect(await history()).toMatchObject({ samples: [{ live }] });
  });

  it('needs an event stream', async () => {
    const { gateway } = await start();
    const { status, text } = await post(gateway, { query: SELLERS });
    expect(status).toBe(406);
    expect(text).toContain('text/event-stream');
  });
});
