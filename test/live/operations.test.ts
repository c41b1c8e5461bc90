import { describe, expect, it } from 'vitest';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { openStream } from '../support/event-stream.ts';
import { startGateway } from '../support/gateway.ts';
import { openSocket } from '../support/socket-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();
const ADMIN_TOKEN = 'a-token-for-operators';
const OPERATOR = { authorization: `Bearer ${ADMIN_TOKEN}` };
const INVALIDATE = 'mutation { invalidate(tags: ["sellers"]) { acknowledgedBy } }';
const SELLERS = 'subscription { sellers { totalItems } }';
const INVALIDATED = [{ data: { invalidate: { acknowledgedBy: expect.anything() } } }];
const FORBIDDEN = [{ data: null, errors: [{ extensions: { code: 'FORBIDDEN' } }] }];

async function start() {
  mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
  const gateway = await startGateway({ ADMIN_TOKEN });
  return {
    gateway,
    count: (type: string) => gateway.events.filter((event) => event.type === type).length,
    byUrl: (method: string, query: string, headers: Record<string, string> = {}) =>
      fetch(`${gateway.origin}/graphql?${new URLSearchParams({ query })}`, {
        method,
        headers: { accept: 'text/event-stream', ...headers },
      }),
  };
}

describe('a mutation', () => {
  it('of an operator is executed once, over both transports', async () => {
    const { gateway, count } = await start();
    const stream = await openStream(gateway, INVALIDATE, {}, OPERATOR);
    await expect.poll(() => stream.ended()).toBe('complete');
    expect([stream.results, count('invalidated')]).toMatchObject([INVALIDATED, 1]);
    const overSocket = openSocket(gateway, { connectionParams: OPERATOR }).subscribe(INVALIDATE);
    await expect.poll(() => overSocket.ended()).toBe('complete');
    expect([overSocket.results, count('invalidated')]).toMatchObject([INVALIDATED, 2]);
  });

  it('of somebody else is refused, over both transports', async () => {
    const { gateway, count } = await start();
    const stream = await openStream(gateway, INVALIDATE);
    await expect.poll(() => stream.ended()).toBe('complete');
    expect(stream.results).toMatchObject(FORBIDDEN);
    const overSocket = openSocket(gateway).subscribe(INVALIDATE);
    await expect.poll(() => overSocket.ended()).toBe('complete');
    expect(overSocket.results).toMatchObject(FORBIDDEN);
    expect(count('invalidated')).toBe(0);
  });

  it('by GET is refused', async () => {
    const { byUrl, count } = await start();
    const refused = await byUrl('GET', INVALIDATE, OPERATOR);
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST']);
    await refused.body?.cancel();
    expect(count('invalidated')).toBe(0);
  });
});

describe('a subscription', () => {
  it('of an operator is answered over both transports', async () => {
    const { gateway } = await start();
    const stream = await openStream(gateway, SELLERS, {}, OPERATOR);
    const overSocket = openSocket(gateway, { connectionParams: OPERATOR }).subscribe(SELLERS);
    const first = [{ data: { sellers: { totalItems: 1 } } }];
    await expect.poll(() => stream.results).toEqual(first);
    await expect.poll(() => overSocket.results).toEqual(first);
  });

  it('by HEAD has the headers of the stream, and opens none', async () => {
    const { byUrl, count } = await start();
    const head = await byUrl('HEAD', SELLERS);
    expect([head.status, head.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
    expect([await head.text(), count('live-opened')]).toEqual(['', 0]);
  });
});
