import { type GraphQLError, getIntrospectionQuery } from 'graphql';
import { describe, expect, it } from 'vitest';
import { UpstreamUnavailable } from '../../src/domain/errors.ts';
import { boundedErrors, boundedMessage } from '../../src/http/graphql/bounded-errors.ts';
import { startGateway } from '../support/gateway.ts';
import { post, send } from '../support/http-client.ts';
import { startHttpLayer } from '../support/http-layer.ts';
import { seller } from '../support/records.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const GRAPHQL_RESPONSE = { accept: 'application/graphql-response+json' };
const FILTER = 'query ($f: SellerFilter) { sellers(filter: $f) { page } }';
const LONG = 'x'.repeat(95_000);

const repeat = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ');
const keys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1]));
const nested = (open: string, count: number, close: string) => `${open.repeat(count)}1${close.repeat(count)}`;
const circle = (length: number, around: (spread: string) => string) =>
  `{ ...F0 } ${repeat(length, (index) => `fragment F${index} on Query {${around(`...F${(index + 1) % length}`)}}`)}`;

interface Refused {
  readonly query: string;
  /** As JSON text: some values are too deep for JSON.stringify. */
  readonly variables?: string;
  readonly operationName?: string;
}

function bodyOf({ query, variables = '{}', operationName }: Refused): string {
  return `{"query":${JSON.stringify(query)},"operationName":${JSON.stringify(operationName ?? null)},"variables":${variables}}`;
}

/** Invalid requests whose validation could take excessive time, stack or memory. */
const REFUSED: Record<string, Refused> = {
  '9,000 unknown keys in a variable': { query: FILTER, variables: JSON.stringify({ f: keys(9000) }) },
  'unknown keys in a literal': {
    query: `{ sellers(filter: { ${repeat(600, (i) => `k${i}: 1`)} }) { page } }`,
  },
  'a list of 40,000 for an object': {
    query: FILTER,
    variables: JSON.stringify({ f: Array(40_000).fill(1) }),
  },
  'a long string for an object': { query: FILTER, variables: JSON.stringify({ f: LONG }) },
  'a long key': { query: FILTER, variables: JSON.stringify({ f: { [LONG]: 1 } }) },
  'a long string for a number': {
    query: 'query ($n: Int!) { sellers(page: $n) { page } }',
    variables: JSON.stringify({ n: LONG }),
  },
  'a long string for a date': {
    query: 'query ($f: CatalogFilter) { catalogs(sellerId: 1, filter: $f) { page } }',
    variables: JSON.stringify({ f: { startDate: LONG } }),
  },
  'a deep object': {
    query: 'query ($n: Int!) { sellers(page: $n) { page } }',
    variables: `{"n":${nested('{"a":', 15_000, '}')}}`,
  },
  'a deep list': {
    query: 'query ($f: SellerFilter) { sellers(filter: $f) { page } }',
    variables: `{"f":{"name":${nested('[', 45_000, ']')}}}`,
  },
  'missing variables': {
    query: `query (${repeat(150, (i) => `$v${i}: Int!`)}) { sellers(page: $v0) { page } ${repeat(49, (i) => `a${i}: sellers(page: $v${i}) { page }`)} }`,
  },
  'unused variables': { query: `query (${repeat(490, (i) => `$v${i}: Int`)}) { __typename }` },
  'unknown types': { query: `query (${repeat(390, (i) => `$v${i}: T${i}`)}) { __typename }` },
  'unknown fields': { query: `{ ${repeat(1990, (i) => `f${i}`)} }` },
  'unknown arguments': { query: `{ sellers(${repeat(600, (i) => `k${i}: 1`)}) { page } }` },
  'unknown directives': { query: `{ __typename ${repeat(900, (i) => `@d${i}`)} }` },
  'unknown fragments': { query: `{ ${repeat(900, (i) => `...F${i}`)} }` },
  'unused fragments': {
    query: `{ __typename } ${repeat(240, (i) => `fragment F${i} on Query { __typename }`)}`,
  },
  'one argument 600 times': { query: `{ sellers(${repeat(600, () => 'page: 1')}) { page } }` },
  'one key 600 times': { query: `{ sellers(filter: { ${repeat(600, () => 'name: "a"')} }) { page } }` },
  'one fragment 240 times': { query: `{ ...F } ${repeat(240, () => 'fragment F on Query { __typename }')}` },
  'one field 490 times': { query: `{ ${repeat(490, () => 'sellers { page }')} }` },
  'conflicting fields': { query: `{ sellers { items { ${repeat(25, (i) => `a${i}: id a${i}: name`)} } } }` },
  'errors after 45,000 lines': { query: `{ ${'\n'.repeat(45_000)} ${repeat(1000, (i) => `f${i}`)} }` },
  'a cycle of fragments': { query: circle(240, (spread) => spread) },
  'a cycle of fragments within fields': { query: circle(120, (spread) => `sellers { ${spread} }`) },
  'fragments that all spread each other': {
    query: `{ ...F0 } ${repeat(30, (i) => `fragment F${i} on Query { ${repeat(28, (j) => `...F${(i + j) % 30}`)} }`)}`,
  },
  'a chain of 240 fragments': {
    query: `{ ...F0 } ${repeat(240, (i) => `fragment F${i} on Query { ...F${i + 1} }`)} fragment F240 on Query { __typename }`,
  },
  'deep selections': { query: `${'{ a '.repeat(900)}${'}'.repeat(900)}` },
  'deep inline fragments': { query: `${'{ ... '.repeat(600)}{ __typename }${'}'.repeat(600)}` },
  'selections that never close': { query: '{a'.repeat(45_000) },
  'a deep list in a literal': { query: `{ sellers(page: ${nested('[', 980, ']')}) { page } }` },
  'a list in a literal that never closes': { query: `{ sellers(page: ${'['.repeat(1990)}` },
  'a deep object in a literal': { query: `{ sellers(filter: ${nested('{a:', 490, '}')}) { page } }` },
  'a deep type': { query: `query ($a: ${'['.repeat(990)}Int${']'.repeat(990)}) { __typename }` },
  'a long name': { query: `{ ${LONG} }` },
  'a long alias': { query: `{ sellers(pageSize: 200) { items { ${LONG}: id } } }` },
  'a long type': { query: `{ ... on ${LONG} { a } }` },
  'a long string in a literal': { query: `{ sellers(page: "${LONG}") { page } }` },
  'a long number in a literal': { query: `{ sellers(page: ${'9'.repeat(95_000)}) { page } }` },
  'a long operation name': { query: 'query A { __typename }', operationName: LONG },
  'an unterminated string': { query: `{ sellers(name: "${LONG}` },
  'an unterminated block string': { query: `{ sellers(name: ${'"""a'.repeat(12_001)}` },
};

describe('an invalid request', () => {
  it.each(Object.entries(REFUSED))(
    'with %s gets 400, at most ten errors and a short response',
    async (_, operation) => {
      const upstream = mockUpstream();
      const gateway = await startGateway();
      for (let time = 0; time < 2; time += 1) {
        const { status, text, body } = await post(gateway, bodyOf(operation), GRAPHQL_RESPONSE);
        expect(status).toBe(400);
        expect(text.length).toBeLessThan(10_000);
        const errors = body.errors ?? [];
        expect(errors.length).toBeGreaterThan(0);
        expect(errors.length).toBeLessThanOrEqual(10);
        for (const { message, extensions } of errors) {
          expect(message.length).toBeLessThanOrEqual(300);
          expect(extensions.code).toBe('BAD_USER_INPUT');
        }
      }
      expect(gateway.events.map(({ type }) => type)).not.toContain('internal-error');
      expect(upstream.calls()).toBe(0);
    },
  );

  it.each(
    Object.entries(REFUSED).filter(([, operation]) => encodeURIComponent(bodyOf(operation)).length < 14_000),
  )('with %s gets the same response by GET as by POST', async (_, operation) => {
    mockUpstream();
    const gateway = await startGateway();
    const { query, variables, operationName } = operation;
    const search = new URLSearchParams({
      query,
      ...(variables !== undefined && { variables }),
      ...(operationName !== undefined && { operationName }),
    });
    const byGet = await send(gateway, `/graphql?${search}`, { headers: GRAPHQL_RESPONSE });
    const byPost = await post(gateway, bodyOf(operation), GRAPHQL_RESPONSE);
    expect([byGet.status, byGet.text]).toEqual([byPost.status, byPost.text]);
  });

  it('with more than ten errors gets the first nine and a note that the limit is reached', async () => {
    mockUpstream();
    const gateway = await startGateway();
    const { body } = await post(gateway, { query: `{ ${repeat(30, (index) => `f${index}`)} }` });
    expect(body.errors?.map(({ message }) => message)).toEqual([
      ...Array.from({ length: 9 }, (_, index) => `Cannot query field "f${index}" on type "Query".`),
      'Too many validation errors, error limit reached. Validation aborted.',
    ]);
  });

  it('does not result from brackets in strings and comments', async () => {
    mockUpstream();
    const gateway = await startGateway();
    const brackets = '['.repeat(210);
    const query = `# ${brackets}\n{ sellers(filter: { name: "\\"${brackets}" }) { page } b: sellers(filter: { name: """ " ${brackets}""" }) { page } }`;
    expect((await post(gateway, { query })).body.errors).toBeUndefined();
  });
});

describe('the errors of a response', () => {
  it('include all 200 sellers of a page whose catalogs fail', async () => {
    const sellers = Array.from({ length: 200 }, (_, index) => seller(index + 1));
    const failure = new UpstreamUnavailable('The catalog service is not available.');
    const gateway = await startHttpLayer({
      sellers: { list: async () => sellers },
      catalogs: { ofSellers: async (ids) => new Map(ids.map((id) => [id, failure])) },
    });
    const catalogs = (alias: string) => `${alias}: futureCatalogs(pageSize: 1) { page }`;
    const one = `{ sellers(pageSize: 200) { items { id ${catalogs('a')} } } }`;
    expect((await post(gateway, { query: one })).body.errors).toHaveLength(200);
    // Three fields per seller exceed the cost limit; two produce more errors than fit.
    const two = `{ sellers(pageSize: 200) { items { id ${catalogs('a'.repeat(100))} ${catalogs('b'.repeat(100))} } } }`;
    const { text, body } = await post(gateway, { query: two });
    expect(text.length).toBeLessThan(100 * 1024 + 200 * 250);
    expect(JSON.stringify(body.errors).length).toBeLessThan(65 * 1024);
    expect(body.errors?.at(-1)).toMatchObject({
      message: expect.stringMatching(/^\d+ more errors are omitted\.$/),
      extensions: { code: 'UPSTREAM_UNAVAILABLE' },
    });
    expect(body.data).toHaveProperty('sellers.items.199.id', '200');
  });

  it('are truncated between characters', () => {
    const message = boundedMessage(`${'a'.repeat(298)}😀 and more`);
    expect(message.length).toBe(300);
    expect(message.isWellFormed()).toBe(true);
    expect(boundedErrors([] as GraphQLError[])).toEqual([]);
  });
});

describe('the schema', () => {
  const typo = { query: '{ seller { id } }' };

  it('is public by default, and errors suggest names from it', async () => {
    mockUpstream();
    const gateway = await startGateway();
    expect((await post(gateway, { query: getIntrospectionQuery() })).body.errors).toBeUndefined();
    expect((await post(gateway, { query: '{ seler(id: 1) { id } }' })).text).toContain('Did you mean');
  });

  it.each([{ GRAPHQL_INTROSPECTION: 'false' }, { NODE_ENV: 'production' }])(
    'is visible only to operators with %j',
    async (variables) => {
      mockUpstream();
      const token = 'a-token-for-operators';
      const gateway = await startGateway({ ADMIN_TOKEN: token, ...variables });
      const introspection = { query: getIntrospectionQuery() };
      const refused = await post(gateway, introspection, GRAPHQL_RESPONSE);
      expect(refused.status).toBe(400);
      expect(refused.text).toMatch(/introspection has been disabled/);
      expect((await post(gateway, { query: '{ __typename }' })).body.data).toEqual({ __typename: 'Query' });
      const asOperator = await post(gateway, introspection, { authorization: `Bearer ${token}` });
      expect(asOperator.body.data).toHaveProperty('__schema');
      const guesses = [
        '{ seler(id: 1) { id } }',
        '{ sellers(pag: 1) { page } }',
        '{ sellers(filter: { nam: "a" }) { page } }',
        '{ ... on Quer { __typename } }',
        '{ cacheEntry(ke: "a") { ke } }',
      ];
      for (const query of guesses)
        expect((await post(gateway, { query })).text).not.toContain('Did you mean');
      const inVariable = await post(gateway, { query: FILTER, variables: { f: { nam: 'a' } } });
      expect(inVariable.body.errors).toHaveLength(1);
      expect(inVariable.text).not.toContain('Did you mean');
      expect((await post(gateway, typo)).text).not.toContain('Did you mean');
    },
  );
});
