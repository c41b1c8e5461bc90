import { describe, expect, it, onTestFinished } from 'vitest';
import { executionChannel } from '../../../src/http/events.ts';
import { createBrowserJar } from '../../support/browser-jar.ts';
import { catalogRecord, sellerRecord, USERS } from '../../support/catalog-api-mock.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { post } from '../../support/http-client.ts';
import { noRedis, startRedis } from '../../support/redis.ts';
import { interceptUpstream } from '../../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const HOUR_MS = 60 * 60_000;
const SELLERS = Array.from({ length: 30 }, (_, index) =>
  sellerRecord({ id: index + 1, name: `Seller ${index + 1}` }),
);
const CATALOGS = SELLERS.flatMap(({ id }) =>
  ['2026-06-15T10:00:00', '2026-06-16T10:00:00', '2026-07-01T10:00:00'].map((startDate, index) =>
    catalogRecord({
      id: 10 * Number(id) + index,
      title: `Clocks ${index}`,
      startDate,
      sellerIds: [Number(id)],
    }),
  ),
);

const PANELS = `query Panels($page: Int! = 1, $seller: ID! = 3, $search: String, $from: DateTime) {
  sellers(page: $page, pageSize: 5, search: $search) {
    totalItems
    items { id name futureCatalogs(pageSize: 2) { totalItems items { id title startDate } } }
  }
  seller(id: $seller) { name catalogs(pageSize: 2, orderBy: { field: TITLE }) { items { id sellers { name } } } }
  upcomingCatalogs(from: $from, pageSize: 3) { totalItems items { id title } }
}`;

const VARIABLES = [
  { page: 1 },
  { page: 2 },
  { page: 9 },
  { seller: 4 },
  { seller: 99 },
  { search: 'seller 2' },
  { search: 'none' },
  { from: '2026-06-20T00:00:00Z' },
];

/** Everything has been read once, and the operation has a plan. */
async function warm(gateway: TestGateway) {
  await post(gateway, { query: '{ sellers(pageSize: 200) { items { catalogs(pageSize: 1) { page } } } }' });
  for (const search of ['seller', 'clocks', 'x'])
    await post(gateway, { query: PANELS, variables: { search } });
}

/** Makes executions take the usual way: a trace has their steps. */
function trace(): () => void {
  const subscriber = { start() {} };
  executionChannel.subscribe(subscriber as never);
  const stop = () => executionChannel.unsubscribe(subscriber as never);
  onTestFinished(() => void stop());
  return stop;
}

const comparable = ({ headers, ...response }: Awaited<ReturnType<typeof post>>) => ({
  ...response,
  headers: [...headers].filter(([name]) => name !== 'x-request-id' && name !== 'date'),
});

function countsOf({ events }: TestGateway, from: number) {
  const counts: Record<string, number> = {};
  for (const event of events.slice(from)) {
    if (!('keyClass' in event) || !('count' in event)) continue;
    const name = `${event.type} ${event.keyClass}`;
    counts[name] = (counts[name] ?? 0) + event.count;
  }
  return counts;
}

function executorsOf({ events }: TestGateway, from: number) {
  return events.slice(from).flatMap((event) => (event.type === 'executed' ? [event.by] : []));
}

describe('a response that is made of entries in memory', () => {
  it('has the same bytes and headers as one that may wait, and reports the same reads', async () => {
    mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    const gateway = await startGateway();
    const other = await startGateway();
    await warm(gateway);
    await warm(other);
    for (const variables of VARIABLES) {
      const from = [gateway, other].map(({ events }) => events.length);
      const atOnce = await post(gateway, { query: PANELS, variables });
      const stop = trace();
      const usual = await post(other, { query: PANELS, variables });
      stop();
      expect(comparable(atOnce)).toEqual(comparable(usual));
      // The list of all sellers does not have that one.
      expect(executorsOf(gateway, from[0] ?? 0)).toEqual([variables.seller === 99 ? 'planned' : 'at-once']);
      expect(executorsOf(other, from[1] ?? 0)).toEqual(['planned']);
      expect(atOnce.headers.get('cache-status')).toBe('catalog-gateway; fwd=miss; stored');
      expect(countsOf(gateway, from[0] ?? 0)).toEqual(countsOf(other, from[1] ?? 0));
      // It is stored like any other.
      const again = await post(gateway, { query: PANELS, variables });
      expect(again.headers.get('cache-status')).toContain('hit');
    }
  });

  it('changes when an entry is invalidated, goes stale or is of another day', async () => {
    const upstream = mockUpstream({ sellers: SELLERS.slice(), catalogs: CATALOGS.slice() });
    const gateway = await startGateway({ RESPONSE_CACHE_MB: '0', ADMIN_TOKEN: 'a-token-for-operators' });
    const ask = async () => (await post(gateway, { query: PANELS, variables: { page: 1 } })).text;
    await warm(gateway);
    const first = await ask();
    expect(await ask()).toBe(first);
    expect(first).toContain('"totalItems":3,"items":[{"id":"10"');

    upstream.sellers[0] = sellerRecord({ id: 1, name: 'Larch & Daughters' });
    const invalidate = 'mutation { invalidate(tags: ["sellers"]) { acknowledgedBy } }';
    await post(gateway, { query: invalidate }, { authorization: 'Bearer a-token-for-operators' });
    expect(await ask()).toContain('Larch & Daughters');

    upstream.sellers[0] = sellerRecord({ id: 1, name: 'Larch & Grandsons' });
    gateway.clock.ms += 11 * 60_000;
    // The stale list is refreshed meanwhile.
    await expect.poll(ask).toContain('Larch & Grandsons');

    gateway.clock.ms += 15 * HOUR_MS;
    const nextDay = await ask();
    expect(nextDay).toContain('"totalItems":2,"items":[{"id":"11"');
    expect(nextDay).not.toContain('"id":"10"');
  });

  it('shows each viewer to nobody else', async () => {
    mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    const gateway = await startGateway({ AUTH: 'optional' });
    const query = '{ viewer { id name expiresAt } seller(id: 1) { name } }';
    const signIn = async (username: string, password: string) => {
      const response = await fetch(`${gateway.origin}/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username, password }),
      });
      return response.headers
        .getSetCookie()
        .map((cookie) => cookie.split(';')[0])
        .join('; ');
    };
    const names = Object.keys(USERS).slice(0, 2);
    const cookies = await Promise.all(names.map((name) => signIn(name, USERS[name] ?? '')));
    for (let round = 0; round < 3; round += 1) {
      expect((await post(gateway, { query })).text).toContain('"viewer":null');
      for (const [index, cookie] of cookies.entries()) {
        gateway.clock.ms += 1;
        const { text } = await post(gateway, { query }, { cookie });
        expect(JSON.parse(text).data.viewer.id).toBe(names[index]);
      }
    }
  });
});

describe('a client with a limit', () => {
  it('pays for a response at once what it would pay for any other', async () => {
    mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    const gateway = await startGateway({ AUTH: 'optional', RATE_LIMIT_COST: '1000', RESPONSE_CACHE_MB: '0' });
    const browser = createBrowserJar(gateway.origin);
    await warm(gateway);
    const query = '{ sellers(pageSize: 10) { items { futureCatalogs(pageSize: 4) { items { title } } } } }';
    await browser.signIn();
    const left = async () => /r=(\d+)/.exec((await browser.ask(query)).headers.get('ratelimit') ?? '')?.[1];
    // 50 points each. The headers have what was left before the execution, but for its first point.
    const from = gateway.events.length;
    expect([await left(), await left(), await left(), await left()]).toEqual(['999', '949', '899', '849']);
    expect(executorsOf(gateway, from)).toEqual(['reference', 'at-once', 'at-once', 'at-once']);
  });

  it('is refused a response that costs more than it has', async () => {
    mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    const gateway = await startGateway({ RATE_LIMIT_COST: '230', RESPONSE_CACHE_MB: '0' });
    const query = '{ sellers(pageSize: 10) { items { futureCatalogs(pageSize: 4) { items { title } } } } }';
    const statuses = [];
    for (let asked = 0; asked < 5; asked += 1) statuses.push((await post(gateway, { query })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 429]);
    expect(executorsOf(gateway, 0)).toEqual(['reference', 'at-once', 'at-once', 'at-once']);
  });
});

describe.skipIf(noRedis)('a response that is made of entries in memory, with Redis', () => {
  it('takes no trip to Redis', async () => {
    mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const gateway = await startGateway({ REDIS_URL: redis.url });
    await warm(gateway);
    const from = gateway.events.length;
    // The list of all sellers does not have that one.
    const known = VARIABLES.filter(({ seller }) => seller !== 99);
    for (const variables of known) {
      const { status } = await post(gateway, { query: PANELS, variables });
      expect(status).toBe(200);
    }
    expect(gateway.events.slice(from).map(({ type }) => type)).not.toContain('budget-spent');
  });
});
