import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { catalogRecord, sellerRecord } from './support/catalog-api-mock.ts';
import { NOW, startGateway, type TestGateway } from './support/gateway.ts';
import { interceptUpstream } from './support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const SELLERS = [
  sellerRecord({ id: 3, name: 'Åsa Østergaard & Søn', customerDisplayId: 4711 }),
  sellerRecord({ id: 1, name: 'Müller Auctions', customerDisplayId: 42, isActive: false }),
  sellerRecord({ id: 4, name: null, customerDisplayId: 7 }),
  sellerRecord({ id: 2, name: 'Łódź Auctions', customerDisplayId: 42 }),
];

const DAY_MS = 24 * 3_600_000;
const days = (count: number) => new Date(NOW + count * DAY_MS).toISOString().slice(0, 19);

const CATALOGS = [
  catalogRecord({ id: 10, sellerIds: [1], title: 'Clocks', startDate: days(2), endDate: days(9) }),
  catalogRecord({ id: 11, sellerIds: [2, 1, 99], title: 'Old clocks', startDate: days(1), endDate: days(3) }),
  catalogRecord({ id: 12, sellerIds: [3], title: 'Älgar', startDate: days(40), endDate: null }),
  catalogRecord({
    id: 13,
    sellerIds: [3],
    title: null,
    startDate: days(-3),
    endDate: days(-2),
    isCompleted: true,
  }),
  catalogRecord({ id: 14, sellerIds: [3], title: 'Zebras', startDate: null, endDate: null }),
];

const ADMIN_TOKEN = 'a-token-for-operators';

const start = (variables: Record<string, string> = {}) => startGateway({ ADMIN_TOKEN, ...variables });

async function post({ origin }: TestGateway, body: string) {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` },
    body,
  });
  return (await response.json()) as { data: unknown; errors?: readonly Fault[] };
}

const ask = (gateway: TestGateway, query: string, variables: object = {}) =>
  post(gateway, JSON.stringify({ query, variables }));

const invalidate = (gateway: TestGateway, tags: readonly string[]) =>
  ask(gateway, 'mutation ($tags: [String!]!) { invalidate(tags: $tags) { at } }', { tags });

interface Fault {
  readonly message: string;
  readonly path?: readonly unknown[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

async function idsOf(gateway: TestGateway, field: string, variables: object = {}) {
  const { data, errors } = await ask(
    gateway,
    `query ${field.includes('$q') ? '($q: String)' : ''} { list: ${field} { items { id } totalItems } }`,
    variables,
  );
  expect(errors).toBeUndefined();
  const { items, totalItems } = (data as { list: { items: { id: string }[]; totalItems: number } }).list;
  expect(totalItems).toBe(items.length);
  return items.map(({ id }) => Number(id));
}

describe('a search of sellers', () => {
  it.each([
    ['ASA', [3]],
    ['ostergaard', [3]],
    ['øst', [3]],
    ['son asa', [3]],
    ['muller', [1]],
    ['lodz', [2]],
    ['auc', [1, 2]],
    ['AUCTIONS mü', [1]],
    ['uctions', []],
    ['47', [3]],
    ['7', [4]],
    ['42 auctions', [1, 2]],
    ['4 lodz', [2]],
    ['nobody', []],
    ['auctions auc a lodz LODZ', [2]],
  ])('finds %j by the beginnings of words and numbers', async (q, ids) => {
    mockUpstream({ sellers: SELLERS });
    expect(await idsOf(await start(), 'sellers(search: $q)', { q })).toEqual(ids);
  });

  it('goes upstream once for any number of searches', async () => {
    const upstream = mockUpstream({ sellers: SELLERS });
    const gateway = await start();
    for (const q of ['a', 'as', 'asa']) await idsOf(gateway, 'sellers(search: $q)', { q });
    expect(upstream.calls()).toBe(1);
  });

  it('searches what a filter lets through', async () => {
    mockUpstream({ sellers: SELLERS });
    const gateway = await start();
    expect(await idsOf(gateway, 'sellers(search: "auctions", filter: { isActive: true })')).toEqual([2]);
  });

  it('finds a seller that an invalidation has brought', async () => {
    const upstream = mockUpstream({ sellers: SELLERS });
    const gateway = await start();
    expect(await idsOf(gateway, 'sellers(search: "new")')).toEqual([]);
    upstream.sellers.push(sellerRecord({ id: 9, name: 'New House' }));
    await invalidate(gateway, ['sellers']);
    expect(await idsOf(gateway, 'sellers(search: "new")')).toEqual([9]);
  });
});

describe('an order of sellers', () => {
  it.each([
    ['{ field: NAME }', [3, 2, 1, 4]],
    ['{ field: NAME, direction: DESC }', [1, 2, 3, 4]],
    ['{ field: ID, direction: DESC }', [4, 3, 2, 1]],
    ['{ field: CUSTOMER_DISPLAY_ID }', [4, 1, 2, 3]],
    ['{ field: CUSTOMER_DISPLAY_ID, direction: DESC }', [3, 2, 1, 4]],
    ['null', [3, 1, 4, 2]],
  ])('%s is stable, with nulls last', async (order, ids) => {
    mockUpstream({ sellers: SELLERS });
    expect(await idsOf(await start(), `sellers(orderBy: ${order})`)).toEqual(ids);
  });

  it('follows the alphabet of the configured language', async () => {
    const names = ['Zebra', 'Ärta', 'Anna'];
    mockUpstream({ sellers: names.map((name, index) => sellerRecord({ id: index + 1, name })) });
    const byName = 'sellers(orderBy: { field: NAME })';
    expect(await idsOf(await start(), byName)).toEqual([3, 2, 1]);
    expect(await idsOf(await start({ SORT_LOCALE: 'sv' }), byName)).toEqual([3, 1, 2]);
  });

  it('applies to a search, and to its pages', async () => {
    mockUpstream({ sellers: SELLERS });
    const gateway = await start();
    const args = 'search: "auctions", orderBy: { field: NAME }';
    expect(await idsOf(gateway, `sellers(${args})`)).toEqual([2, 1]);
    const { data } = await ask(
      gateway,
      `{ sellers(${args}, page: 2, pageSize: 1) { items { id } totalPages hasPreviousPage } }`,
    );
    expect(data).toEqual({ sellers: { items: [{ id: '1' }], totalPages: 2, hasPreviousPage: true } });
  });
});

describe('sellers by their numbers and ids', () => {
  it('finds a seller by its number, and the one with the least id if several have it', async () => {
    const upstream = mockUpstream({ sellers: SELLERS });
    const gateway = await start();
    const query = 'query ($n: Int) { seller(customerDisplayId: $n) { id isActive } }';
    expect((await ask(gateway, query, { n: 42 })).data).toEqual({ seller: { id: '1', isActive: false } });
    expect((await ask(gateway, query, { n: 43 })).data).toEqual({ seller: null });
    const withNull = '{ seller(id: null, customerDisplayId: 7) { id } }';
    expect((await ask(gateway, withNull)).data).toEqual({ seller: { id: '4' } });
    expect(upstream.calls()).toBe(1);
  });

  it('gives sellers in the order of their ids, with null for unknown ones', async () => {
    const upstream = mockUpstream({ sellers: SELLERS });
    const gateway = await start();
    const { data } = await ask(
      gateway,
      '{ sellersById(ids: [2, "99", 1, 2]) { id } none: sellersById(ids: []) { id } }',
    );
    expect(data).toEqual({ sellersById: [{ id: '2' }, null, { id: '1' }, { id: '2' }], none: [] });
    expect(upstream.calls()).toBe(1);
  });
});

describe('the fields of a catalog', () => {
  it('include its sellers, from one read of the list of sellers', async () => {
    const upstream = mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    const gateway = await start();
    const { data } = await ask(
      gateway,
      '{ catalogs(sellerId: 1) { items { id agent endDate isCompleted sellers { id name } } } }',
    );
    expect(data).toMatchObject({
      catalogs: {
        items: [
          { id: '10', endDate: `${days(9)}.000Z`, isCompleted: false, sellers: [{ id: '1' }] },
          // Seller 99 is not in the list of sellers.
          {
            id: '11',
            endDate: `${days(3)}.000Z`,
            sellers: [{ id: '2' }, { id: '1', name: 'Müller Auctions' }],
          },
        ],
      },
    });
    expect(upstream.calls()).toBe(2);
  });

  it('show a new name of a seller once the list of sellers is invalidated', async () => {
    const upstream = mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    const gateway = await start();
    const namesOf = async () => {
      const { data } = await ask(gateway, '{ catalog(id: 10) { sellers { name } } }');
      return (data as { catalog: { sellers: readonly { name: string }[] } }).catalog.sellers;
    };
    expect(await namesOf()).toEqual([{ name: 'Müller Auctions' }]);
    upstream.sellers.splice(1, 1, sellerRecord({ id: 1, name: 'Miller Auctions', customerDisplayId: 42 }));
    await invalidate(gateway, ['sellers']);
    expect(await namesOf()).toEqual([{ name: 'Miller Auctions' }]);
  });

  it('stand without the sellers, if those cannot be loaded', async () => {
    const upstream = mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    upstream.fail('GET /Seller', () => new HttpResponse(null, { status: 500 }));
    const { data, errors } = await ask(
      await start(),
      '{ catalogs(sellerId: 3, pageSize: 1) { items { id sellers { id } } } }',
    );
    expect(data).toEqual({ catalogs: { items: [{ id: '12', sellers: null }] } });
    expect(errors).toMatchObject([
      { path: ['catalogs', 'items', 0, 'sellers'], extensions: { code: 'UPSTREAM_UNAVAILABLE' } },
    ]);
  });
});

describe("a seller's catalogs", () => {
  it.each([
    ['', [12, 13, 14]],
    ['orderBy: { field: START_DATE }', [13, 12, 14]],
    ['orderBy: { field: END_DATE }', [13, 12, 14]],
    ['orderBy: { field: TITLE }', [12, 14, 13]],
    ['orderBy: { field: TITLE, direction: DESC }', [14, 12, 13]],
    ['orderBy: { field: ID, direction: DESC }', [14, 13, 12]],
    ['search: "alg"', [12]],
  ])('can be searched and ordered (%s)', async (args, ids) => {
    mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    expect(await idsOf(await start(), `catalogs(sellerId: 3, ${args})`)).toEqual(ids);
  });
});

describe('what opens across all sellers', () => {
  const UPCOMING = 'upcomingCatalogs';

  it('has each catalog once, soonest first, from today on', async () => {
    const upstream = mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    const gateway = await start();
    expect(await idsOf(gateway, UPCOMING)).toEqual([11, 10, 12]);
    expect(upstream.calls('GET /Seller')).toBe(1);
    expect(upstream.calls('GET /Catalog')).toBe(1);
  });

  it.each([
    [`(from: "${days(-10)}Z")`, [13, 11, 10, 12]],
    [`(from: "${days(1)}Z", to: "${days(2)}Z")`, [11]],
    [`(from: "${days(1)}Z", to: "${days(1)}Z")`, []],
    [`(to: "${days(2)}Z")`, [11]],
    [`(to: "${days(-20)}Z")`, []],
    ['(sellerIds: [3])', [12]],
    ['(sellerIds: [1, 3, 1, 77])', [11, 10, 12]],
    ['(sellerIds: [])', []],
    ['(search: "clocks")', [11, 10]],
    ['(search: "clo", orderBy: { field: TITLE })', [10, 11]],
    [`(search: "clo", from: "${days(2)}Z")`, [10]],
    ['(orderBy: { field: START_DATE, direction: DESC })', [12, 10, 11]],
    ['(orderBy: { field: END_DATE })', [11, 10, 12]],
  ])('takes a period, sellers, a search and an order: %s', async (args, ids) => {
    mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    expect(await idsOf(await start(), `${UPCOMING}${args}`)).toEqual(ids);
  });

  it('loads only the catalogs of the named sellers', async () => {
    const upstream = mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    await idsOf(await start(), `${UPCOMING}(sellerIds: [3, 1])`);
    expect(upstream.calls()).toBe(1);
    expect(upstream.requests('GET /Catalog')[0]?.url.searchParams.getAll('SellerIds')).toEqual(['3', '1']);
  });

  it('shows a change at once when it is invalidated', async () => {
    const upstream = mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    const gateway = await start();
    await idsOf(gateway, UPCOMING);
    upstream.catalogs.splice(0, 1);
    upstream.catalogs.push(catalogRecord({ id: 20, sellerIds: [4], startDate: days(3) }));
    await invalidate(gateway, ['catalogs:seller:1', 'catalogs:seller:4']);
    expect(await idsOf(gateway, UPCOMING)).toEqual([11, 20, 12]);
    expect(upstream.requests('GET /Catalog')[1]?.url.searchParams.getAll('SellerIds').sort()).toEqual([
      '1',
      '4',
    ]);
    upstream.sellers.splice(0, 1);
    await invalidate(gateway, ['sellers']);
    expect(await idsOf(gateway, UPCOMING)).toEqual([11, 20]);
  });

  it('shows the others, and an error that counts the missing, if some sellers fail', async () => {
    const upstream = mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    const gateway = await start();
    await idsOf(gateway, 'catalogs(sellerId: 1)');
    upstream.fail('GET /Catalog', () => new HttpResponse(null, { status: 500 }));
    const query = '{ soon: upcomingCatalogs { items { id } totalItems } }';
    for (let time = 0; time < 3; time += 1) {
      const answer = await ask(gateway, query);
      expect(answer).toEqual({
        data: { soon: { items: [{ id: '11' }, { id: '10' }], totalItems: 2 } },
        errors: [
          {
            message: 'The catalogs of 3 of 4 sellers could not be loaded.',
            path: ['soon'],
            locations: [{ line: 1, column: 3 }],
            extensions: { code: 'UPSTREAM_UNAVAILABLE', missingSellers: 3 },
          },
        ],
      });
    }
    upstream.recover('GET /Catalog');
    gateway.clock.ms += 5000;
    expect(await idsOf(gateway, UPCOMING)).toEqual([11, 10, 12]);
  });

  it('is not stored while sellers are missing, and names when to try again', async () => {
    const upstream = mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    const gateway = await start();
    await idsOf(gateway, 'catalogs(sellerId: 1)');
    const headers = { 'retry-after': '30' };
    upstream.fail('GET /Catalog', () => new HttpResponse(null, { status: 503, headers }));
    const body = JSON.stringify({ query: '{ upcomingCatalogs { totalItems } }' });
    for (let time = 0; time < 2; time += 1) {
      const response = await fetch(`${gateway.origin}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect(response.status).toBe(200);
      expect(response.headers.get('cache-status')).toBe('catalog-gateway; fwd=miss');
      expect(response.headers.get('cache-control')).toBe('no-store');
      const { errors } = (await response.json()) as { errors: readonly Fault[] };
      expect(errors).toMatchObject([{ extensions: { missingSellers: 3, retryAfter: expect.any(Number) } }]);
    }
  });

  it('begins with the next day after midnight in the business time zone, on a short day too', async () => {
    // The clocks of New York skip an hour on 14 March 2027: that day has 23 hours.
    const starts = ['2027-03-14T04:59:00', '2027-03-14T05:00:00', '2027-03-15T04:00:00'];
    mockUpstream({
      sellers: SELLERS,
      catalogs: starts.map((startDate, index) => catalogRecord({ id: index + 1, startDate, sellerIds: [1] })),
    });
    const gateway = await start({ BUSINESS_TIME_ZONE: 'America/New_York' });
    const at = async (instant: string) => {
      gateway.clock.ms = Date.parse(instant);
      return idsOf(gateway, UPCOMING);
    };
    expect(await at('2027-03-14T04:59:59Z')).toEqual([1, 2, 3]);
    expect(await at('2027-03-14T05:00:00Z')).toEqual([2, 3]);
    expect(await at('2027-03-15T03:59:59Z')).toEqual([2, 3]);
    expect(await at('2027-03-15T04:00:00Z')).toEqual([3]);
  });

  it('is as new as a request with no-cache demands', async () => {
    const upstream = mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    const gateway = await start();
    await idsOf(gateway, UPCOMING);
    upstream.catalogs.splice(0, 2);
    gateway.clock.ms += 10_000;
    expect(await idsOf(gateway, UPCOMING)).toEqual([11, 10, 12]);
    const response = await fetch(`${gateway.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'cache-control': 'no-cache' },
      body: JSON.stringify({ query: `query  { list: ${UPCOMING} { items { id } totalItems } }` }),
    });
    expect(await response.json()).toEqual({ data: { list: { items: [{ id: '12' }], totalItems: 1 } } });
    expect(await idsOf(gateway, UPCOMING)).toEqual([12]);
  });

  it('fails if nothing could be loaded', async () => {
    const upstream = mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    upstream.fail('GET /Catalog', () => new HttpResponse(null, { status: 500 }));
    const { data, errors } = await ask(await start(), '{ upcomingCatalogs { totalItems } }');
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { path: ['upcomingCatalogs'], extensions: { code: 'UPSTREAM_UNAVAILABLE' } },
    ]);
  });
});

describe('bad input', () => {
  const LONE = 'half \\ud83d of a pair';
  it.each([
    ['{ seller { id } }', 'seller requires exactly one of id and customerDisplayId, not neither'],
    ['{ seller(id: 1, customerDisplayId: 2) { id } }', 'not both'],
    ['{ seller(id: null) { id } }', 'not neither'],
    [`{ sellersById(ids: [${'1,'.repeat(201)}]) { id } }`, 'ids must have at most 200 ids, not 201'],
    ['{ sellersById(ids: ["x"]) { id } }', 'ids must be a whole number'],
    [
      `{ upcomingCatalogs(sellerIds: [${'1,'.repeat(201)}]) { page } }`,
      'sellerIds must have at most 200 ids',
    ],
    [
      `{ upcomingCatalogs(from: "2026-02-01T00:00:00Z", to: "2026-01-01T00:00:00Z") { page } }`,
      'from must not be after to',
    ],
    [`{ sellers(search: "${'a'.repeat(101)}") { page } }`, 'search must be from 1 to 100 characters'],
    ['{ sellers(search: "   ") { page } }', 'search must be'],
    ['{ sellers(search: "") { page } }', 'search must be'],
    ['{ sellers { items { catalogs(search: " ") { page } } } }', 'search must be'],
    ['{ seller(id: 1) { catalogs(filter: { id: "x" }) { page } } }', 'filter.id must be'],
    ['{ sellersById(ids: [1]) { catalogs(search: "-") { page } } }', 'search must be'],
    ['{ sellers(search: "-&-") { page } }', 'search must be'],
    ['{ catalogs(sellerId: 1, search: " ") { page } }', 'search must be'],
    ['{ upcomingCatalogs(search: " ") { page } }', 'search must be'],
    ['{ upcomingCatalogs(page: 0) { page } }', 'page must be from 1'],
    ['{ sellers(orderBy: { field: NONSENSE }) { page } }', 'NONSENSE'],
    ['{ sellers(orderBy: { field: NAME, direction: UP }) { page } }', 'UP'],
  ])('%s is refused, and nothing goes upstream', async (query, message) => {
    const upstream = mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    const { errors } = await ask(await start(), query);
    expect(errors?.[0]?.message).toContain(message);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(upstream.calls()).toBe(0);
  });

  it('half a surrogate pair in a variable is refused', async () => {
    const upstream = mockUpstream({ sellers: SELLERS });
    const gateway = await start();
    const body = await post(
      gateway,
      `{"query":"query ($q: String) { sellers(search: $q) { page } }","variables":{"q":"${LONE}"}}`,
    );
    expect(body.errors).toMatchObject([
      { message: expect.stringContaining('search must be'), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    expect(upstream.calls()).toBe(0);
  });
});
