import { getIntrospectionQuery } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { CatalogApiMock } from '../../support/catalog-api-mock.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { post } from '../../support/http-client.ts';
import { interceptUpstream } from '../../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

async function start(variables: Record<string, string> = {}) {
  return { upstream: mockUpstream(), gateway: await startGateway(variables) };
}

interface Operation {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
}

/** The message of the refusal before execution. */
async function refusal(gateway: TestGateway, upstream: CatalogApiMock, operation: Operation) {
  const accept = 'application/graphql-response+json';
  const { status, body } = await post(gateway, operation, { accept });
  expect(status).toBe(400);
  expect(body.data).toBeUndefined();
  expect(body.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(upstream.calls() + upstream.calls('POST /connect/token')).toBe(0);
  return body.errors?.[0]?.message;
}

const repeat = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ');
/** A selection `depth` fields deep, of unknown fields: the size is checked first. */
const nested = (depth: number) => `${'{ a '.repeat(depth)}${'}'.repeat(depth)}`;
const aliased = (count: number) => `{ ${repeat(count, (index) => `a${index}:__typename`)} }`;
const sellersPage = (pageSize: number) => `{ sellers(pageSize: ${pageSize}) { items { id } } }`;

describe('the limit of tokens', () => {
  it('refuses 20,000', async () => {
    const { upstream, gateway } = await start();
    const query = `{ ${'__typename '.repeat(8_000)} }`;
    expect(await refusal(gateway, upstream, { query })).toMatch(/more than 2000 tokens/);
  });

  it('refuses 10,000 aliases of three tokens each before it has read them all', async () => {
    const { upstream, gateway } = await start();
    const query = `{${repeat(10_000, (index) => `${index.toString(36).replace(/^\d/, '_$&')}:id`)}}`;
    expect(query.length).toBeLessThan(100_000);
    expect(await refusal(gateway, upstream, { query })).toMatch(/more than 2000 tokens/);
  });

  it('accepts the configured number, and no more', async () => {
    const { upstream, gateway } = await start({ GRAPHQL_MAX_TOKENS: '200' });
    const fields = (count: number) => ({ query: `{ ${'__typename '.repeat(count)} }` });
    expect((await post(gateway, fields(198))).body).toEqual({ data: { __typename: 'Query' } });
    expect(await refusal(gateway, upstream, fields(199))).toMatch(/more than 200 tokens/);
  });

  it('bounds the time of the comparison of fields', async () => {
    const { upstream, gateway } = await start();
    const query = `{ ${'__typename '.repeat(1_998)} }`;
    expect(await refusal(gateway, upstream, { query })).toMatch(/Validation aborted/);
  });
});

describe('the limit of aliases', () => {
  it('accepts 50, and no more', async () => {
    const { upstream, gateway } = await start();
    expect((await post(gateway, { query: aliased(50) })).body.errors).toBeUndefined();
    expect(await refusal(gateway, upstream, { query: aliased(51) })).toBe(
      'The operation uses 51 aliases. The limit is 50.',
    );
  });

  it('refuses 10,000 aliases even if that many tokens are allowed', async () => {
    const { upstream, gateway } = await start({ GRAPHQL_MAX_TOKENS: '100000' });
    const query = `{${repeat(10_000, (index) => `${index.toString(36).replace(/^\d/, '_$&')}:id`)}}`;
    expect(await refusal(gateway, upstream, { query })).toBe(
      'The operation uses 10000 aliases. The limit is 50.',
    );
  });

  it('counts the aliases in fragments', async () => {
    const { upstream, gateway } = await start();
    const query = `{ ...F ... on Query ${aliased(25)} } fragment F on Query ${aliased(26)}`;
    expect(await refusal(gateway, upstream, { query })).toMatch(/uses 51 aliases/);
  });
});

describe('the limit of depth', () => {
  it('refuses 50', async () => {
    const { upstream, gateway } = await start();
    expect(await refusal(gateway, upstream, { query: nested(50) })).toBe(
      'The operation is nested 50 levels deep. The limit is 10.',
    );
  });

  it('accepts 10, and no more', async () => {
    const { upstream, gateway } = await start();
    // At a depth of 10 the only fault is the unknown field.
    expect(await refusal(gateway, upstream, { query: nested(10) })).toMatch(/Cannot query field "a"/);
    expect(await refusal(gateway, upstream, { query: nested(11) })).toMatch(/11 levels deep.*limit is 10/);
  });

  it('counts through fragments', async () => {
    const { upstream, gateway } = await start();
    const query = `{ a { a { ...F } } } fragment F on Query { ... { a ${nested(8)} } }`;
    expect(await refusal(gateway, upstream, { query })).toMatch(/11 levels deep/);
  });

  it('accepts the introspection query', async () => {
    const { gateway } = await start();
    for (const options of [{}, { inputValueDeprecation: true, schemaDescription: true, oneOf: true }]) {
      const { body } = await post(gateway, { query: getIntrospectionQuery(options) });
      expect(body.errors).toBeUndefined();
      expect(body.data).toHaveProperty('__schema.queryType.name', 'Query');
    }
  });

  it('refuses circular introspection', async () => {
    const { upstream, gateway } = await start();
    const fields = (depth: number): string =>
      depth === 0 ? 'name' : `fields { type { ${fields(depth - 1)} } }`;
    const query = `{ __schema { types { ${fields(8)} } } }`;
    expect(await refusal(gateway, upstream, { query })).toMatch(/introspection depth/i);
  });
});

describe('the limit of page cost', () => {
  const nestedPages = (sellers: number, catalogs: number) =>
    `{ sellers(pageSize: ${sellers}) { items { futureCatalogs(pageSize: ${catalogs}) { items { id } } } } }`;

  it('refuses nested pages before any upstream call', async () => {
    const { upstream, gateway } = await start();
    expect(await refusal(gateway, upstream, { query: nestedPages(200, 200) })).toBe(
      'The operation could return 40200 list items; request smaller pages. The limit is 10000.',
    );
  });

  it('accepts 10,000, and no more', async () => {
    const { upstream, gateway } = await start();
    expect(
      await refusal(gateway, upstream, {
        query: `{ a: sellers(pageSize: 1) { page } ...F } fragment F on Query ${nestedPages(100, 99)}`,
      }),
    ).toMatch(/return 10001 list items/);
    expect((await post(gateway, { query: nestedPages(100, 99) })).body.errors).toBeUndefined();
  });

  it.each([
    ['a variable', 'query ($n: Int!) { sellers(pageSize: $n) { page } }', { n: 11 }],
    ["a variable's default", 'query ($n: Int! = 11) { sellers(pageSize: $n) { page } }', {}],
    [
      'a default where no variables are sent',
      'query ($n: Int! = 11) { sellers(pageSize: $n) { page } }',
      undefined,
    ],
    ['the default of the argument', '{ sellers { page } }', {}],
    ['an unset variable over that default', 'query ($n: Int) { sellers(pageSize: $n) { page } }', {}],
    ['a field behind a directive', '{ sellers(pageSize: 11) @include(if: true) { page } }', {}],
    ['aliased fields together', '{ a: sellers(pageSize: 6) { page } b: sellers(pageSize: 5) { page } }', {}],
  ])('counts %s', async (_, query, variables) => {
    const { upstream, gateway } = await start({ GRAPHQL_MAX_PAGE_COST: '10' });
    const operation = variables ? { query, variables } : { query };
    expect(await refusal(gateway, upstream, operation)).toMatch(/limit is 10\./);
  });

  it('applies to the selected operation, not to the document', async () => {
    const { gateway } = await start({ GRAPHQL_MAX_PAGE_COST: '10' });
    const query = `query Small ${sellersPage(10)} query Large ${sellersPage(11)}`;
    expect((await post(gateway, { query, operationName: 'Small' })).body.errors).toBeUndefined();
    expect((await post(gateway, { query, operationName: 'Large' })).body.errors).toHaveLength(1);
  });

  it('excludes skipped fields', async () => {
    mockUpstream();
    const gateway = await startGateway({ GRAPHQL_MAX_PAGE_COST: '10' });
    const query = `query ($no: Boolean!) {
      a: sellers(pageSize: 200) @include(if: $no) { page }
      ... @skip(if: true) { b: sellers(pageSize: 200) { page } }
      c: sellers(pageSize: 10) @skip(if: $no) { page }
    }`;
    const { body } = await post(gateway, { query, variables: { no: false } });
    expect(body).toEqual({ data: { c: { page: 1 } } });
  });

  it('leaves a page size out of bounds to the field', async () => {
    const { gateway } = await start();
    const { body } = await post(gateway, { query: sellersPage(-200) });
    expect(body.errors?.[0]?.message).toBe('pageSize must be from 1 to 200, not -200.');
  });
});

describe('the limit of upstream calls', () => {
  const aliases = (count: number, field: string) => repeat(count, (index) => `a${index}: ${field}`);

  it.each([
    ['catalogs by their ids', 26, 'catalog(id: 1) { id }'],
    ['sellers by their ids', 26, 'seller(id: 1) { id }'],
    ['filtered lists', 13, 'sellers(filter: { name: "A" }) { page }'],
    ["filtered lists of a seller's catalogs", 13, 'catalogs(sellerId: 1, filter: { title: "A" }) { page }'],
    ['sellers with their catalogs', 13, 'seller(id: 1) { futureCatalogs { page } }'],
  ])('refuses 26 by %s', async (_, count, field) => {
    const { upstream, gateway } = await start();
    const query = `{ ${aliases(count, field)} }`;
    expect(await refusal(gateway, upstream, { query })).toBe(
      'The operation could need 26 calls to the catalog service; request less at once. The limit is 25.',
    );
    const less = await post(gateway, { query: `{ ${aliases(count - 1, field)} }` });
    expect(less.body.errors).toBeUndefined();
  });

  it.each([
    [2, '{ sellers(pageSize: 25) { items { futureCatalogs { page } } } }'],
    [3, '{ sellers(pageSize: 26) { items { futureCatalogs { page } } } }'],
    [3, '{ sellers { items { futureCatalogs { page } catalogs(pageSize: 1) { page } } } }'],
    [3, '{ sellers { items { catalogs(filter: { title: "A" }) { page } } } }'],
    [9, '{ sellers(pageSize: 200) { items { futureCatalogs(pageSize: 1) { page } } } }'],
    [1, '{ futureCatalogs(sellerId: 1) { items { title } } }'],
    [20, '{ a: upcomingCatalogs { page } b: upcomingCatalogs(search: "x") { page } }'],
    [2, `{ upcomingCatalogs(sellerIds: [${repeat(26, (index) => `${index}`)}]) { page } }`],
    [1, '{ sellersById(ids: [1, 2, 3]) { id } }'],
    [3, `{ sellersById(ids: [${repeat(26, (index) => `${index}`)}]) { futureCatalogs { page } } }`],
    [2, '{ sellers(search: "a", orderBy: { field: NAME }) { items { catalogs(search: "b") { page } } } }'],
    [0, '{ __typename __schema { queryType { name } } }'],
  ])('counts %d for %s', async (calls, query) => {
    const { gateway } = await start({ GRAPHQL_MAX_UPSTREAM_CALLS: String(Math.max(1, calls)) });
    expect((await post(gateway, { query })).body.errors).toBeUndefined();
    if (calls < 2) return;
    const { upstream, gateway: stricter } = await start({ GRAPHQL_MAX_UPSTREAM_CALLS: String(calls - 1) });
    expect(await refusal(stricter, upstream, { query })).toMatch(`could need ${calls} calls`);
  });

  it('counts a filter in a variable, and no null filter', async () => {
    const { upstream, gateway } = await start({ GRAPHQL_MAX_UPSTREAM_CALLS: '1' });
    const query = 'query ($f: SellerFilter) { sellers(filter: $f) { page } }';
    expect(await refusal(gateway, upstream, { query, variables: { f: { name: 'A' } } })).toMatch(
      /need 2 calls/,
    );
    expect((await post(gateway, { query, variables: { f: null } })).body.errors).toBeUndefined();
  });
});

describe('the limit of values', () => {
  it('counts the fields of each item', async () => {
    const { upstream, gateway } = await start({ GRAPHQL_MAX_VALUES: '33' });
    // The page, its number and the list, and three for each of ten items.
    const query = '{ sellers(pageSize: 10) { page items { id name ...F } } } fragment F on Seller { a: id }';
    expect(await refusal(gateway, upstream, { query: query.replace('a: id', 'a: id b: id') })).toBe(
      'The operation could return 43 values; request smaller pages or fewer fields. The limit is 33.',
    );
    expect((await post(gateway, { query })).body.errors).toBeUndefined();
  });

  it.each([
    // The list, and two for each of three sellers.
    [7, '{ sellersById(ids: [1, 2, 3]) { id name } }'],
    // The page and the list; for each of ten catalogs its list of sellers, and one value for each of two sellers.
    [32, '{ upcomingCatalogs(pageSize: 10) { items { sellers { id } } } }'],
  ])('counts %d for %s', async (values, query) => {
    const { upstream, gateway } = await start({ GRAPHQL_MAX_VALUES: String(values - 1) });
    expect(await refusal(gateway, upstream, { query })).toContain(`could return ${values} values`);
  });

  it('accepts 10,000 items with five values each, and refuses fifty', async () => {
    const { gateway } = await start();
    const query = (fields: string) =>
      `{ sellers(pageSize: 100) { items { id catalogs(pageSize: 99) { items { ${fields} } } } } }`;
    const few = await post(gateway, { query: query('id title startDate customerCatalogId') });
    expect(few.body.errors).toBeUndefined();
    const many = await post(gateway, { query: query(repeat(50, (index) => `a${index}: id`)) });
    expect(many.body.errors?.[0]?.message).toMatch(/could return \d+ values/);
  });
});

describe('a document whose fragments multiply', () => {
  const chain = (length: number, last: string) =>
    `${repeat(length, (index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`)} fragment F${length} on Query { ${last} }`;

  it('with 80 fragments that each spread the next twice is executed', async () => {
    const { gateway } = await start();
    const { body } = await post(gateway, { query: `{ ...F0 } ${chain(80, '__typename')}` });
    expect(body).toEqual({ data: { __typename: 'Query' } });
  });

  it('with such fragments and a page in the last one is refused for its cost', async () => {
    const { upstream, gateway } = await start();
    const query = `{ ...F0 } ${chain(80, 'sellers { page }')}`;
    expect(await refusal(gateway, upstream, { query })).toMatch(/could return .* list items/);
  });

  it.each([
    ['itself', '{ ...F } fragment F on Query { ...F }'],
    ['itself, within a field', '{ ...F } fragment F on Query { sellers { items { ...F } } }'],
    ['one that spreads it', '{ ...F } fragment F on Query { ...G ...G } fragment G on Query { ...F ...F }'],
    ['the first of a chain of doubled ones', `{ ...F0 } ${chain(80, '...F0')}`],
    ['itself, unused', '{ __typename } fragment F on Query { ...F }'],
  ])('by a fragment that spreads %s is refused', async (_, query) => {
    const { gateway } = await start();
    const { status, body } = await post(gateway, { query });
    expect(status).toBe(200);
    expect(body.errors?.map(({ extensions }) => extensions.code)).toContain('BAD_USER_INPUT');
    expect(body.errors?.map(({ message }) => message).join()).toMatch(
      /Cannot spread fragment "\w+" within itself/,
    );
  });
});

describe('a refusal', () => {
  it('is the same for the same request', async () => {
    const { upstream, gateway } = await start();
    for (const query of [
      aliased(51),
      nested(11),
      `{ ${'a '.repeat(2_000)} }`,
      '{',
      '{ nonsense }',
      sellersPage(10),
    ]) {
      const first = await post(gateway, { query });
      const again = await post(gateway, { query });
      expect([again.status, again.text]).toEqual([first.status, first.text]);
    }
    expect(upstream.calls('GET /Seller')).toBe(1);
  });
});
