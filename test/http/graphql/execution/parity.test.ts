import { globSync, readFileSync } from 'node:fs';
import { getIntrospectionQuery, parse, print, separateOperations } from 'graphql';
import { describe, expect, it } from 'vitest';
import { UpstreamUnavailable } from '../../../../src/domain/errors.ts';
import type { FakeRepository } from '../../../support/http-layer.ts';
import { catalog as record, seller } from '../../../support/records.ts';
import { executeBothWays, repositoryOf, type Shelf } from './both-ways.ts';

const catalog = (id: number, startDate: string | null, title: string | null = `Catalog ${id}`) =>
  record(id, {
    title,
    customerCatalogId: id % 2 ? `C-${id}` : null,
    startDate: startDate === null ? null : new Date(startDate),
    agent: id % 2 ? null : 'Bo "Express"',
    endDate: startDate === null ? null : new Date('2027-02-01T00:00:00Z'),
    isCompleted: [null, true, false][id % 3] ?? null,
    sellerIds: id % 2 ? [1, 99, 2] : [],
  });

const SHELF: Shelf = {
  sellers: [
    seller(1, { name: 'Anna "A" & \\Co', customerDisplayId: 7, isActive: true }),
    seller(2, { name: 'Åsa 🔨 競売\n\u0007\ud800' }),
    seller(3, { name: null, customerDisplayId: 0, isActive: false }),
    seller(-4, { name: '', customerDisplayId: -1 }),
  ],
  catalogs: new Map([
    [1, [catalog(11, '2026-09-01T00:00:00.000Z'), catalog(12, '2027-01-01T23:59:59.999Z', null)]],
    [2, [catalog(21, '2026-06-15T00:00:00Z'), catalog(22, '2020-01-01T00:00:00Z'), catalog(23, null)]],
    [3, []],
  ]),
};

const broken = (id: number): Shelf => ({
  ...SHELF,
  catalogs: new Map([...SHELF.catalogs, [id, new UpstreamUnavailable('The catalog service is away.')]]),
});

const listing = (...sellers: unknown[]): FakeRepository => ({
  ...repositoryOf(SHELF),
  sellers: { list: async () => sellers as never },
});

async function expectParity(
  parameters: unknown,
  way: string,
  repository = repositoryOf(SHELF),
  given: Parameters<typeof executeBothWays>[2] = {},
) {
  const { reference, others, atOnce, ...went } = await executeBothWays(repository, parameters, given);
  for (const other of others) expect(other).toEqual(reference);
  expect(went.way).toBe(way);
  // The catalogs of selected sellers are merged, which takes a while.
  const isAtOnce = way === 'planned' && !JSON.stringify(parameters).includes('sellerIds');
  expect(atOnce).toEqual(isAtOnce ? [reference, reference] : [undefined, undefined]);
  const count = (executor: string) => went.executors.filter((by) => by === executor).length;
  expect([count('planned'), count('at-once')]).toEqual([way === 'planned' ? 2 : 0, isAtOnce ? 2 : 0]);
  return reference;
}

describe('every operation of the tests', () => {
  const source = globSync('test/operations/*.graphql').map((path) => readFileSync(path, 'utf8'));
  const operations = Object.entries(separateOperations(parse(source.join('\n'))));
  const variables = { id: '1', sellerId: '2', key: 'sellers_all', tags: ['sellers'] };
  const forOperators = new Set(['Invalidate', 'CacheEntry']);

  it.each(operations)('%s gets the same bytes from its plan', async (name, document) => {
    const fullSchema = forOperators.has(name);
    const parameters = { query: print(document), variables };
    const way = fullSchema ? 'no plan' : 'planned';
    const answer = await expectParity(parameters, way, undefined, { fullSchema, operator: fullSchema });
    expect(answer.text).not.toContain('errors');
    expect(answer.complete).toBe(name !== 'Invalidate');
  });
});

const PAGE = 'fragment P on Page { pageSize totalItems ... on SellerPage { totalPages items { id } } }';
const INCLUDE = `query ($a: Boolean!, $b: Boolean = true) {
  sellers(pageSize: 1) {
    page @skip(if: $a)
    ...F @include(if: $b)
    totalPages @skip(if: $a) @include(if: $b)
    items { id ... @include(if: $a) { name futureCatalogs { page } } }
  }
}
fragment F on Page { pageSize totalItems @skip(if: $a) }`;
const TWO = 'query A { seller(id: 1) { id } } query B($id: ID!) { seller(id: $id) { name } }';

describe('a document with a plan gets the same bytes', () => {
  it.each<[string, string, Record<string, unknown>?, string?]>([
    [
      'all fields',
      '{ sellers { items { id name customerDisplayId catalogs { items { id title customerCatalogId startDate } } } } }',
    ],
    ['aliases', '{ a: sellers { p: page b: items { x: id y: id name } } c: seller(id: 2) { d: name } }'],
    ['an alias with the name of another field', '{ sellers { items { name: id id: name } } }'],
    [
      'aliases that are names in JavaScript',
      '{ __proto__: sellers { constructor: page toString: pageSize } }',
    ],
    [
      'fields that are merged',
      '{ sellers { items { id } items { name id } } sellers { page items { n: name } } }',
    ],
    [
      'fields that are merged below',
      '{ seller(id: 1) { catalogs { page } } seller(id: 1) { catalogs { items { id } } } }',
    ],
    ['fragments in the way of the order', `{ sellers { ...P page items { name } } } ${PAGE}`],
    ['a fragment twice', `{ sellers { ...P ...P items { name } ...P } } ${PAGE}`],
    [
      'a fragment that does not apply',
      '{ sellers { page ... on CatalogPage { items { id } } } }'.replace(
        '... on CatalogPage { items { id } }',
        '... on Page { ... on CatalogPage { items { title } } }',
      ),
    ],
    ['fragments without a condition', '{ ... { sellers { ... { page } } } }'],
    [
      'an interface',
      '{ sellers { ... on Page { page totalItems } } futureCatalogs(sellerId: 1) { ... on Page { page hasNextPage hasPreviousPage } } }',
    ],
    [
      '__typename',
      '{ __typename a: __typename sellers { __typename items { id __typename } ... on Page { t: __typename } } }',
    ],
    ['just __typename', '{ __typename }'],
    [
      'empty lists',
      '{ seller(id: 3) { catalogs { items { id } } futureCatalogs { totalPages items { id } } } }',
    ],
    ['a page past the end', '{ sellers(page: 9) { page totalItems items { id catalogs { page } } } }'],
    ['unknown ids', '{ seller(id: 99) { id catalogs { items { id } } } catalog(id: 99) { id } }'],
    [
      'nulls',
      '{ seller(id: 3) { name customerDisplayId } catalog(id: 23) { title startDate } a: catalog(id: 12) { title } }',
    ],
    [
      'negative numbers and zero',
      '{ seller(id: "-4") { id name customerDisplayId } b: seller(id: 3) { customerDisplayId } }',
    ],
    ['a filter', '{ sellers(filter: { name: "", customerDisplayId: -1 }) { totalItems items { id } } }'],
    [
      'the new fields',
      '{ sellers { items { isActive } } catalogs(sellerId: 1) { items { agent endDate isCompleted } } }',
    ],
    [
      'the sellers of catalogs',
      '{ catalogs(sellerId: 1) { items { id sellers { id name futureCatalogs { totalItems } } } } }',
    ],
    [
      'sellers by their ids',
      '{ sellersById(ids: [3, 99, 1, 3]) { id name isActive } none: sellersById(ids: []) { id } }',
    ],
    [
      'a seller by its number',
      '{ seller(customerDisplayId: 7) { id } none: seller(customerDisplayId: 8) { id } }',
    ],
    [
      'searches and orders',
      '{ sellers(search: "an", orderBy: { field: NAME, direction: DESC }) { totalItems items { id } } catalogs(sellerId: 2, search: "2", orderBy: { field: END_DATE }) { items { id } } }',
    ],
    [
      'catalogs of all sellers',
      '{ upcomingCatalogs { items { id title sellers { name } } totalItems } b: upcomingCatalogs(from: "2020-01-01T00:00:00Z", to: "2026-12-31T00:00:00Z", sellerIds: [2, 1], search: "catalog", orderBy: { field: TITLE }) { items { id } } }',
    ],
    ['a filter that is null', '{ sellers(filter: null) { totalItems } }'],
    [
      'a variable in a filter',
      'query ($n: String) { sellers(filter: { name: $n }) { totalItems } }',
      { n: '' },
    ],
    ['no variable in a filter', 'query ($n: String) { sellers(filter: { name: $n }) { totalItems } }', {}],
    [
      'a filter that is a variable',
      'query ($f: CatalogFilter) { catalogs(sellerId: 1, filter: $f) { items { id } } }',
      { f: { startDate: '2027-01-01T00:00:00Z' } },
    ],
    [
      'a date in a filter',
      '{ catalogs(sellerId: 1, filter: { startDate: "2027-01-01T00:00:00Z" }) { items { startDate } } }',
    ],
    [
      'defaults of variables',
      'query ($page: Int! = 1, $size: Int! = 2) { sellers(page: $page, pageSize: $size) { page pageSize items { id } } }',
      {},
    ],
    [
      'defaults of variables overridden',
      'query ($page: Int! = 1, $size: Int! = 2) { sellers(page: $page, pageSize: $size) { page pageSize items { id } } }',
      { page: 2, size: 1 },
    ],
    ['defaults of arguments', 'query ($page: Int = 2) { sellers(page: $page) { page } }', {}],
    ['an id that is a number', 'query ($id: ID!) { seller(id: $id) { id } }', { id: 1 }],
    ['@skip and @include, one way', INCLUDE, { a: true }],
    ['@skip and @include, another way', INCLUDE, { a: false, b: false }],
    ['@skip and @include, a third way', INCLUDE, { a: false }],
    [
      '@skip and @include that are fixed',
      '{ sellers { page @skip(if: true) pageSize @include(if: true) items @include(if: false) { id } } }',
    ],
    [
      'a field that is left out',
      'query ($a: Boolean!) { sellers { items { id futureCatalogs @include(if: $a) { page } } } }',
      { a: false },
    ],
    ['nothing left', 'query ($a: Boolean!) { sellers @include(if: $a) { page } }', { a: false }],
    [
      'nothing left below',
      'query ($a: Boolean!) { sellers { items { id @include(if: $a) } } }',
      { a: false },
    ],
    ['one operation of two', TWO, {}, 'A'],
    ['the other', TWO, { id: '2' }, 'B'],
  ])('%s', async (_, query, variables, operationName) => {
    const { text, complete } = await expectParity({ query, variables, operationName }, 'planned');
    expect(text).toMatch(/^\{"data":\{.*\}\}$/);
    expect(complete).toBe(true);
  });
});

describe('an operation whose plan is abandoned gets the same bytes', () => {
  const PAGES = '{ sellers { items { id name customerDisplayId futureCatalogs { items { id } } } } }';

  it.each<[string, string, string, (FakeRepository | undefined)?, Record<string, unknown>?]>([
    ['a seller that fails', 'resolver', PAGES, repositoryOf(broken(2))],
    [
      'a seller that fails at the top',
      'resolver',
      '{ futureCatalogs(sellerId: 2) { page } }',
      repositoryOf(broken(2)),
    ],
    [
      'two that fail in two ways',
      'resolver',
      '{ sellers { items { a: catalogs { page } b: futureCatalogs(page: 2) { page } } } c: seller(id: "x") { id } }',
      repositoryOf(broken(2)),
    ],
    ['an invalid id', 'resolver', '{ seller(id: "x") { id } a: seller(id: "1") { id } }'],
    ['an invalid id in a filter', 'resolver', '{ sellers(filter: { id: "1e3" }) { page } }'],
    ['an invalid page at the root', 'resolver', '{ sellers(page: 0) { page } seller(id: 1) { id } }'],
    [
      'null for an argument that must not be',
      'arguments',
      'query ($id: ID = 1) { catalog(id: $id) { id } }',
      undefined,
      { id: null },
    ],
    [
      // The promise of the first field has a handler, or its rejection would end the process.
      'null for an argument that must not be, after a field that fails',
      'arguments',
      'query ($id: ID = 1) { seller { id } catalog(id: $id) { id } }',
      undefined,
      { id: null },
    ],
    ['null where there must be an id', 'value', '{ sellers { items { id } } }', listing({ id: null })],
    ['null for an item', 'value', PAGES, listing({ id: 1 }, null)],
    ['an error for an item', 'value', PAGES, listing({ id: 1 }, new Error('secret'))],
    ['a promise for an item', 'value', PAGES, listing(Promise.resolve({ id: 1 }))],
    ['a promise for a property', 'value', PAGES, listing({ id: 1, name: Promise.resolve('later') })],
    ['a function for a property', 'value', PAGES, listing({ id: 1, name: () => 'called' })],
    ['a number for a text', 'value', PAGES, listing({ id: 1, name: 5 })],
    ['a number that is too large', 'value', PAGES, listing({ id: 1, customerDisplayId: 2 ** 40 })],
    ['a number that is broken', 'value', PAGES, listing({ id: 1, customerDisplayId: 1.5 })],
    ['an object for a text', 'value', PAGES, listing({ id: 1, name: { a: 1 } })],
    ['text for a seller', 'value', PAGES, listing('seller')],
    [
      'an invalid date',
      'value',
      '{ catalog(id: 1) { startDate } }',
      { catalogs: { find: async () => ({ startDate: new Date(Number.NaN) }) as never } },
    ],
    [
      'another iterable for a list',
      'value',
      PAGES,
      {
        ...repositoryOf(SHELF),
        sellers: { list: async () => ({ length: 1, slice: () => new Set([{ id: 1 }]) }) as never },
      },
    ],
  ])('%s', async (_, why, query, repository, variables) => {
    const { complete, text } = await expectParity({ query, variables }, `${why}, ${why}`, repository);
    // The reference executor converts some of these values without an error.
    expect(complete).toBe(!text.includes('"errors"'));
  });
});

describe('an operation without a plan gets the same response each time', () => {
  it.each<[string, unknown]>([
    [
      'a variable with the name of what every object has',
      { query: 'query ($__proto__: Int = 2) { sellers(page: $__proto__) { page } }' },
    ],
    [
      'a condition that is null',
      { query: 'query ($n: Boolean = true) { sellers { page @skip(if: $n) } }', variables: { n: null } },
    ],
    ['introspection', { query: getIntrospectionQuery() }],
    [
      'introspection of a type',
      { query: '{ __type(name: "Page") { name possibleTypes { name } } sellers { page } }' },
    ],
    [
      'null for a variable that must not be',
      { query: 'query ($n: Int! = 1) { sellers(page: $n) { page } }', variables: { n: null } },
    ],
    [
      'a variable of another type',
      { query: 'query ($n: Int!) { sellers(page: $n) { page } }', variables: { n: 'x' } },
    ],
    ['a variable that is left out', { query: 'query ($n: Int!) { sellers(page: $n) { page } }' }],
    [
      'a filter with what it has not',
      {
        query: 'query ($f: CatalogFilter) { catalogs(sellerId: 1, filter: $f) { page } }',
        variables: { f: { nope: 1 } },
      },
    ],
    [
      'a filter with an invalid date',
      {
        query: 'query ($f: CatalogFilter) { catalogs(sellerId: 1, filter: $f) { page } }',
        variables: { f: { startDate: 'never' } },
      },
    ],
    ['an invalid date', { query: '{ catalogs(sellerId: 1, filter: { startDate: "never" }) { page } }' }],
    ['an invalid document', { query: '{' }],
    ['an unknown field', { query: '{ nonsense }' }],
    ['no operation name', { query: TWO }],
    ['an unknown operation', { query: TWO, operationName: 'C' }],
    [
      'a page that is too large, below the top',
      { query: '{ sellers { items { catalogs(pageSize: 201) { page } } } }' },
    ],
    [
      'too many items',
      {
        query:
          '{ sellers(pageSize: 200) { items { a: catalogs(pageSize: 200) { page } b: catalogs(pageSize: 200) { page } c: catalogs(pageSize: 200) { page } } } }',
      },
    ],
    ['an unknown parameter', { query: '{ __typename }', other: 1 }],
    ['parameters of an invalid type', 7],
    ['no parameters', null],
    ['many at once', [{ query: '{ __typename }' }]],
    [
      'more conditions than plans are made for',
      {
        query: `query ($a: Boolean!, $b: Boolean!, $c: Boolean!, $d: Boolean!) { sellers { page @skip(if: $a) pageSize @skip(if: $b) totalItems @skip(if: $c) totalPages @skip(if: $d) } }`,
        variables: { a: true, b: false, c: true, d: false },
      },
    ],
    [
      'more fields than plans are made for',
      {
        query: `{ ${Array.from({ length: 17 }, (_, index) => `a${index}: sellers(pageSize: 1) { ...S }`)} } fragment S on SellerPage { ${Array.from({ length: 16 }, (_, index) => `b${index}: items { id name }`)} }`,
      },
    ],
  ])('%s', async (_, parameters) => {
    await expectParity(parameters, 'no plan');
  });

  it('a mutation, which runs once per request', async () => {
    const query = 'mutation { invalidate(tags: "sellers") { tags { tag known } at acknowledgedBy } }';
    const answer = await expectParity({ query }, 'no plan', undefined, { fullSchema: true, operator: true });
    expect(answer.complete).toBe(false);
    expect(answer.text).toContain('"at":"1970-01-01T00:00:00.000Z"');
    await expectParity({ query }, 'no plan', undefined, { fullSchema: true, operator: true, method: 'GET' });
  });
});
