import { describe, expect, it } from 'vitest';
import type { CatalogApiMock } from './support/catalog-api-mock.ts';
import { startGateway, type TestGateway } from './support/gateway.ts';
import { type HttpAnswer, post, send } from './support/http-client.ts';
import { interceptUpstream } from './support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

async function start(variables: Record<string, string> = {}) {
  return { upstream: mockUpstream(), gateway: await startGateway(variables) };
}

/** Expects a GraphQL error response, and no call to the upstream. */
function expectRefusal(answer: HttpAnswer, status: number, upstream: CatalogApiMock): string {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toMatch(
    /^application\/(graphql-response\+)?json; charset=utf-8$/,
  );
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(answer.body.errors).toHaveLength(1);
  expect(answer.body.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  expect(upstream.calls() + upstream.calls('POST /connect/token')).toBe(0);
  return answer.body.errors?.[0]?.message ?? '';
}

async function expectServing(gateway: TestGateway): Promise<void> {
  expect((await post(gateway, { query: '{ __typename }' })).body).toEqual({ data: { __typename: 'Query' } });
}

describe('an argument outside its bounds', () => {
  it('is refused below a list too, before the list is loaded', async () => {
    const { upstream, gateway } = await start();
    const query = 'query ($size: Int!) { sellers { items { futureCatalogs(pageSize: $size) { page } } } }';
    const answer = await post(gateway, { query, variables: { size: 201 } });
    expect(answer.body.errors?.[0]?.message).toBe('pageSize must be from 1 to 200, not 201.');
    expect(answer.body.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(answer.body.errors).toHaveLength(1);
    expect(upstream.calls() + upstream.calls('POST /connect/token')).toBe(0);
  });

  it.each([
    ['sellers(page: 0)', 'page must be from 1 to 2147483647, not 0.'],
    ['sellers(page: -1)', 'page must be from 1 to 2147483647, not -1.'],
    ['sellers(pageSize: 0)', 'pageSize must be from 1 to 200, not 0.'],
    ['sellers(pageSize: -1)', 'pageSize must be from 1 to 200, not -1.'],
    ['sellers(pageSize: 201)', 'pageSize must be from 1 to 200, not 201.'],
    ['futureCatalogs(sellerId: 1, pageSize: 201)', 'pageSize must be from 1 to 200, not 201.'],
    ['catalogs(sellerId: 1, page: 0)', 'page must be from 1 to 2147483647, not 0.'],
  ])('in %s is refused at its field', async (field, message) => {
    const { upstream, gateway } = await start();
    const answer = await post(gateway, { query: `{ ${field} { totalItems } }` });
    expect(expectRefusal(answer, 200, upstream)).toBe(message);
    expect(answer.body.errors?.[0]?.path).toEqual([field.split('(', 1)[0]]);
    expect(answer.body.data).toBeNull();
  });

  it.each(['abc', '1.5', '042', '2147483648', '-2147483649', '', ' 1', '1e3', '0x1', '١'])(
    'such as the id %j is refused in every argument that takes an id',
    async (id) => {
      const { upstream, gateway } = await start();
      const bounds = `must be a whole number from -2147483648 to 2147483647, not ${JSON.stringify(id)}.`;
      for (const [field, argument] of [
        ['seller', 'id'],
        ['catalog', 'id'],
        ['futureCatalogs', 'sellerId'],
        ['catalogs', 'sellerId'],
      ]) {
        const query = `query ($id: ID!) { ${field}(${argument}: $id) { __typename } }`;
        const answer = await post(gateway, { query, variables: { id } });
        expect(expectRefusal(answer, 200, upstream)).toBe(`${argument} ${bounds}`);
      }
    },
  );

  it('is quoted in one line at most', async () => {
    const { upstream, gateway } = await start();
    const query = 'query ($id: ID!) { seller(id: $id) { id } }';
    const answer = await post(gateway, { query, variables: { id: '9'.repeat(50_000) } });
    expect(expectRefusal(answer, 200, upstream).length).toBeLessThan(200);
  });
});

describe('a variable that does not match its declaration', () => {
  it.each([
    ['of another type', 'query ($n: Int!) { sellers(page: $n) { page } }', { n: 'two' }],
    ['that is too large', 'query ($n: Int!) { sellers(page: $n) { page } }', { n: 2 ** 31 }],
    ['that is missing', 'query ($n: Int!) { sellers(page: $n) { page } }', {}],
    ['that is null', 'query ($n: Int!) { sellers(page: $n) { page } }', { n: null }],
    [
      'that is null although the field has a default',
      'query ($n: Int) { sellers(page: $n) { page } }',
      { n: null },
    ],
    [
      'that is null in a directive',
      'query ($b: Boolean = true) { sellers { page @include(if: $b) } }',
      { b: null },
    ],
    [
      'with an unknown field',
      'query ($f: SellerFilter) { sellers(filter: $f) { page } }',
      { f: { nonsense: 1 } },
    ],
    [
      'that is an invalid date',
      'query ($f: CatalogFilter) { catalogs(sellerId: 1, filter: $f) { page } }',
      { f: { startDate: 'soon' } },
    ],
  ])('is refused %s', async (_, query, variables) => {
    const { upstream, gateway } = await start();
    const accept = 'application/graphql-response+json';
    // Clients that accept only application/json get 200, by the specification.
    expectRefusal(await post(gateway, { query, variables }), 200, upstream);
    expectRefusal(await post(gateway, { query, variables }, { accept }), 400, upstream);
  });

  it('cannot reach the prototype of an object', async () => {
    const { upstream, gateway } = await start();
    for (const body of [
      '{"query":"query ($f: SellerFilter) { sellers(filter: $f) { page } }","variables":{"f":{"__proto__":{"polluted":1}}}}',
      '{"query":"query ($f: SellerFilter) { sellers(filter: $f) { page } }","variables":{"f":{"constructor":{"prototype":{"polluted":1}}}}}',
      '{"query":"query ($n: Int!) { sellers(page: $n) { page } }","variables":{"__proto__":{"n":1}}}',
    ]) {
      expectRefusal(await post(gateway, body), 200, upstream);
    }
    expectRefusal(await post(gateway, '{"__proto__":{"query":"{ __typename }"}}'), 400, upstream);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('a request that is not GraphQL over HTTP', () => {
  it.each([
    ['malformed JSON', '{"query":'],
    ['an empty body', ''],
    ['a string', '"{ __typename }"'],
    ['null', 'null'],
    ['a number', '1'],
    ['a batch', '[{"query":"{ __typename }"}]'],
    ['an empty batch', '[]'],
    ['no query', '{}'],
    ['a query that is no string', '{"query":1}'],
    ['variables that are no object', '{"query":"{ __typename }","variables":[1]}'],
    ['extensions that are no object', '{"query":"{ __typename }","extensions":"x"}'],
    ['an unknown operation', '{"query":"query A { __typename }","operationName":"B"}'],
    ['an operation name that is no string', '{"query":"query A { __typename }","operationName":{"a":1}}'],
    ['several operations and no name', '{"query":"query A { __typename } query B { __typename }"}'],
  ])('with %s gets 400', async (_, body) => {
    const { upstream, gateway } = await start();
    expectRefusal(await post(gateway, body), 400, upstream);
    await expectServing(gateway);
  });

  it('with a body that is not UTF-8 gets 400', async () => {
    const { upstream, gateway } = await start();
    const answer = await send(gateway, '/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from('{"query":"{ seller(id: \\"\xff\\") { id } }"}', 'latin1'),
    });
    expectRefusal(answer, 400, upstream);
  });

  it.each([
    ['malformed variables', '?query={__typename}&variables={'],
    ['malformed extensions', '?query={__typename}&extensions=nonsense'],
    ['variables that are no object', '?query={__typename}&variables=1'],
    ['no query', ''],
  ])('by GET with %s gets 400', async (_, search) => {
    const { upstream, gateway } = await start();
    expectRefusal(await send(gateway, `/graphql${search}`), 400, upstream);
  });

  it.each([
    ['a syntax error', '{ sellers'],
    ['no operation', 'fragment F on Query { __typename }'],
    ['an unknown field', '{ nonsense }'],
    ['a mutation', 'mutation { nonsense }'],
    ['a literal of another type', '{ sellers(page: "one") { page } }'],
    ['a literal that is no date', '{ catalogs(sellerId: 1, filter: { startDate: "soon" }) { page } }'],
  ])('with %s in its document gets an error', async (_, query) => {
    const { upstream, gateway } = await start();
    const accept = 'application/graphql-response+json';
    expectRefusal(await post(gateway, { query }, { accept }), 400, upstream);
  });

  it('with a subscription gets an error that names the media type', async () => {
    const { upstream, gateway } = await start();
    const accept = 'application/graphql-response+json';
    const answer = await post(gateway, { query: 'subscription { nonsense }' }, { accept });
    expectRefusal(answer, 406, upstream);
    expect(answer.text).toContain('text/event-stream');
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
    'application/jsonp',
    '',
  ])('of content type %j gets 415', async (contentType) => {
    const { upstream, gateway } = await start();
    const answer = await post(gateway, { query: '{ __typename }' }, { 'content-type': contentType });
    expectRefusal(answer, 415, upstream);
    await expectServing(gateway);
  });

  it.each(['application/json; charset=utf-16', 'application/json;charset="latin1"'])(
    'in another charset than UTF-8 (%s) gets 415',
    async (contentType) => {
      const { upstream, gateway } = await start();
      const answer = await post(gateway, { query: '{ __typename }' }, { 'content-type': contentType });
      expectRefusal(answer, 415, upstream);
    },
  );

  it('without a content type gets 415', async () => {
    const { upstream, gateway } = await start();
    const answer = await send(gateway, '/graphql', {
      method: 'POST',
      body: Buffer.from('{"query":"{ __typename }"}'),
    });
    expectRefusal(answer, 415, upstream);
  });

  it.each(['gzip', 'br'])('with a body in %s gets 415', async (encoding) => {
    const { upstream, gateway } = await start();
    const answer = await post(gateway, '{"query":"{ __typename }"}', { 'content-encoding': encoding });
    expectRefusal(answer, 415, upstream);
  });

  it('with a body of a megabyte gets 413', async () => {
    const { upstream, gateway } = await start();
    const answer = await post(gateway, { query: `{ __typename } #${'x'.repeat(1_000_000)}` });
    expect(expectRefusal(answer, 413, upstream)).toBe('The request body exceeds 102400 bytes.');
    await expectServing(gateway);
  });

  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])('by %s gets 405', async (method) => {
    const { upstream, gateway } = await start();
    const answer = await send(gateway, '/graphql', { method });
    expectRefusal(answer, 405, upstream);
    expect(answer.headers.get('allow')).toBe('GET, POST');
    await expectServing(gateway);
  });

  it.each([
    'Application/JSON',
    'application/json ; charset=UTF-8',
    'application/json;charset="utf-8"',
    'application/graphql+json',
  ])('with a well-formed body of content type %j is answered', async (contentType) => {
    const { gateway } = await start();
    const { body } = await post(gateway, { query: '{ __typename }' }, { 'content-type': contentType });
    expect(body).toEqual({ data: { __typename: 'Query' } });
  });
});
