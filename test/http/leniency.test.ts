import { describe, expect, it } from 'vitest';
import { isHit } from '../support/answers.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { exchange, post, send } from '../support/http-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();
const QUERY = 'query A($id: ID!) { seller(id: $id) { name } }';
const REQUEST = { query: QUERY, variables: { id: '7' } };

async function start() {
  mockUpstream({ sellers: [sellerRecord({ id: 7 })] });
  const gateway = await startGateway();
  const first = await post(gateway, REQUEST);
  expect(first.body.data).toEqual({ seller: { name: 'Seller 7' } });
  return { gateway, first };
}

describe('a POST gets the stored response of the equivalent request', () => {
  it.each([
    [
      'with properties that GraphQL over HTTP does not define',
      { ...REQUEST, onError: 'NULL', id: 'x', doc_id: 'y' },
    ],
    ['with an empty operation name', { ...REQUEST, operationName: '' }],
    ['with empty extensions', { ...REQUEST, extensions: '' }],
    ['with variables as JSON in a string', { ...REQUEST, variables: '{"id":"7"}' }],
    ['after a byte order mark', `\uFEFF${JSON.stringify(REQUEST)}`],
  ])('%s', async (_, body) => {
    const { gateway, first } = await start();
    const answer = await post(gateway, body);
    expect([answer.status, isHit(answer), answer.text]).toEqual([200, true, first.text]);
  });

  it.each([
    'application/json;charset=utf8',
    'application/json; charset="UTF-8"',
    'Application/JSON;charset=UTF8',
  ])('as %s', async (type) => {
    const { gateway } = await start();
    expect(isHit(await post(gateway, REQUEST, { 'content-type': type }))).toBe(true);
  });

  it.each(['_ga=1', 'sid=a-session', ''])('with any cookie, which means nothing: %j', async (cookie) => {
    const { gateway } = await start();
    const answer = await post(gateway, REQUEST, cookie ? { cookie } : {});
    expect(isHit(answer)).toBe(true);
    expect(answer.headers.get('cache-control')).toMatch(/^public, /);
    expect(answer.headers.get('vary')).not.toContain('Cookie');
  });
});

describe('415', () => {
  it('names the accepted codings for an unsupported coding, and the accepted type otherwise', async () => {
    const { gateway } = await start();
    const coded = await post(gateway, REQUEST, { 'content-encoding': 'gzip' });
    expect([coded.status, coded.headers.get('accept-encoding'), coded.headers.get('accept')]).toEqual([
      415,
      'identity',
      null,
    ]);
    const typed = await post(gateway, REQUEST, { 'content-type': 'text/plain' });
    expect([typed.status, typed.headers.get('accept-encoding'), typed.headers.get('accept')]).toEqual([
      415,
      null,
      'application/json',
    ]);
  });
});

describe('HEAD', () => {
  it.each([
    ['of a query', `/graphql?${new URLSearchParams({ query: QUERY, variables: '{"id":"7"}' })}`, {}],
    ['of a page', '/graphql', { accept: 'text/html' }],
  ])('%s with a matching entity tag is 304, like GET', async (_, path, accept) => {
    const { gateway } = await start();
    const { headers, bytes } = await exchange(gateway, path, { headers: accept });
    const head = await exchange(gateway, path, { method: 'HEAD', headers: accept });
    expect([head.status, head.bytes.length, head.headers['content-length']]).toEqual([
      200,
      0,
      String(bytes.length),
    ]);
    for (const method of ['GET', 'HEAD']) {
      const again = await exchange(gateway, path, {
        method,
        headers: { ...accept, 'if-none-match': headers.etag },
      });
      expect(again.status).toBe(304);
    }
  });
});

it('a GET in absolute form gets the stored response of the same GET in origin form', async () => {
  const { gateway } = await start();
  const path = `/graphql?${new URLSearchParams({ query: QUERY, variables: '{"id":"7"}' })}`;
  expect(isHit(await send(gateway, path))).toBe(true);
});
