import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type CatalogPage,
  catalogExpanded,
  catalogPage,
  type SellerPage,
  sellerExpanded,
  sellerPage,
} from './contract.ts';
import { NOON, runSandbox, TODAY } from './running-sandbox.ts';

const ALL_SELLERS = '/Seller?PageSize=1000';
const DAY_MS = 86_400_000;

async function defaultSellers() {
  const { json } = await runSandbox();
  return (await json<SellerPage>(ALL_SELLERS)).items;
}

async function defaultCatalogs() {
  const { json } = await runSandbox({ maxPageSize: 100_000, lots: 1 });
  return (await json<CatalogPage>('/Catalog?PageSize=100000')).items;
}

describe('the sandbox speaks the contract', () => {
  it('sends sellers and catalogs of exactly the declared fields and types, plus one undeclared field', async () => {
    const { json } = await runSandbox();
    const sellers = sellerPage.parse(await json(ALL_SELLERS));
    const catalogs = catalogPage.parse(await json('/Catalog?PageSize=1000'));
    expect(sellers.items).toHaveLength(412);
    expect(catalogs.items).toHaveLength(1000);
  });

  it('sends the same record by id as in a list', async () => {
    const { json } = await runSandbox();
    const { items: sellers } = await json<SellerPage>('/Seller?PageSize=20');
    const { items: catalogs } = await json<CatalogPage>('/Catalog?PageSize=20');
    for (const seller of sellers) {
      expect(sellerExpanded.parse(await json(`/Seller/${seller.id}`))).toEqual(seller);
    }
    for (const catalog of catalogs) {
      expect(catalogExpanded.parse(await json(`/Catalog/${catalog.id}`))).toEqual(catalog);
    }
  });

  it('names the same sellers in catalogs as catalogs in sellers', async () => {
    const sellers = (await defaultSellers()).flatMap(({ id, catalogs }) =>
      catalogs.map((catalog) => `${catalog.id} of ${id}`),
    );
    const catalogs = (await defaultCatalogs()).flatMap(({ id, sellers: named }) =>
      named.map((seller) => `${id} of ${seller.id}`),
    );
    expect(catalogs.sort()).toEqual(sellers.sort());
  });

  it('names the same catalogs in a seller as it finds by that seller', async () => {
    const { json } = await runSandbox();
    const { items: sellers } = await json<SellerPage>('/Seller?PageSize=100');
    for (const { id, catalogs } of sellers) {
      const found = await json<CatalogPage>(`/Catalog?SellerIds=${id}&PageSize=100`);
      expect(found.items.map(({ sellers: _, lots: __, ...fields }) => fields)).toEqual(catalogs);
      for (const { sellers: named } of found.items) expect(named.map((seller) => seller.id)).toContain(id);
    }
  });
});

describe('the generated sellers', () => {
  it('are ordered by id, with gaps', async () => {
    const ids = (await defaultSellers()).map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(ids.at(-1)).toBeGreaterThan(412);
  });

  it('do not exist at ids in the gaps', async () => {
    const { json, get } = await runSandbox({ sellers: 12 });
    const ids = (await json<SellerPage>('/Seller?PageSize=100')).items.map(({ id }) => id);
    for (let id = 0; id < 40; id++) {
      expect((await get(`/Seller/${id}`)).status).toBe(ids.includes(id) ? 200 : 404);
    }
  });

  it('have names in many scripts, some null, and are active or not', async () => {
    const sellers = await defaultSellers();
    const names = sellers.map(({ name }) => name ?? '').join(' ');
    for (const script of [/\p{Script=Han}/u, /\p{Script=Arabic}/u, /\p{Emoji_Presentation}/u, /[éøł]/, /'/]) {
      expect(names).toMatch(script);
    }
    expect(sellers.some(({ name }) => name === null)).toBe(true);
    expect(new Set(sellers.map(({ isActive }) => isActive))).toEqual(new Set([true, false]));
  });

  it('have 0 to the maximum of catalogs, and 25 sellers have well under 1000 together', async () => {
    const counts = (await defaultSellers()).map(({ catalogs }) => catalogs.length);
    expect(Math.min(...counts)).toBe(0);
    expect(Math.max(...counts)).toBeLessThanOrEqual(60);
    expect(Math.max(...counts)).toBeGreaterThan(50);
    for (let first = 0; first < counts.length; first += 25) {
      expect(counts.slice(first, first + 25).reduce((sum, count) => sum + count, 0)).toBeLessThan(900);
    }
  });

  it.each([1, 2, 3])(
    'have at most %i catalogs if that is the maximum, shared ones included',
    async (most) => {
      const { json } = await runSandbox({ maxCatalogs: most });
      const counts = (await json<SellerPage>(ALL_SELLERS)).items.map(({ catalogs }) => catalogs.length);
      expect(Math.max(...counts)).toBe(most);
    },
  );

  it('have some future catalogs on every page', async () => {
    const sellers = await defaultSellers();
    for (let first = 0; first < sellers.length; first += 25) {
      const catalogs = sellers.slice(first, first + 25).flatMap((seller) => seller.catalogs);
      expect(catalogs.some(({ startDate }) => (startDate ?? '') >= TODAY)).toBe(true);
    }
  });
});

describe('the generated catalogs', () => {
  it('start from 400 days before today to 200 days after, and never end before they start', async () => {
    const catalogs = await defaultCatalogs();
    const dated = catalogs.filter(({ startDate }) => startDate != null);
    const days = dated.map(({ startDate }) => (Date.parse(`${startDate}Z`) - NOON) / DAY_MS);
    expect(Math.min(...days)).toBeGreaterThan(-402);
    expect(Math.min(...days)).toBeLessThan(-390);
    expect(Math.max(...days)).toBeLessThan(202);
    expect(Math.max(...days)).toBeGreaterThan(190);
    for (const { startDate, endDate } of dated)
      expect(endDate && startDate && endDate > startDate).toBe(true);
  });

  it('are completed if they ended before today', async () => {
    for (const { endDate, isCompleted } of await defaultCatalogs()) {
      expect(isCompleted).toBe(endDate != null && endDate < TODAY);
    }
  });

  it('have dates at midnight, with and without fractions, null, and absent', async () => {
    const catalogs = await defaultCatalogs();
    const dates = catalogs.map(({ startDate }) => startDate);
    for (const form of [/T00:00:00$/, /T\d\d:(15|30|45):00$/, /\.\d{3}$/]) {
      expect(dates.some((date) => form.test(date ?? ''))).toBe(true);
    }
    expect(dates).toContain(null);
    expect(catalogs.some((catalog) => !('startDate' in catalog))).toBe(true);
  });

  it('have null titles and ids, and some have two sellers, near and far apart in the list', async () => {
    const catalogs = await defaultCatalogs();
    const ids = (await defaultSellers()).map(({ id }) => id);
    expect(catalogs.some(({ title }) => title === null)).toBe(true);
    expect(catalogs.some(({ customerCatalogId }) => customerCatalogId === null)).toBe(true);
    const distances = catalogs.flatMap(({ sellers: [owner, partner] }) =>
      owner && partner ? [Math.abs(ids.indexOf(partner.id) - ids.indexOf(owner.id))] : [],
    );
    expect(distances).toContain(1);
    expect(distances).toContain(40);
  });

  it('carry about as many lots as configured, and sometimes 25 times as many', async () => {
    const { json } = await runSandbox({ lots: 40 });
    const { items } = await json<CatalogPage>('/Catalog?PageSize=1000');
    const counts = items.map(({ lots }) => lots.length);
    const big = counts.filter((count) => count >= 20 * 25);
    expect(Math.max(...counts.filter((count) => !big.includes(count)))).toBeLessThanOrEqual(60);
    expect(big.length).toBeGreaterThan(0);
    expect(big.length).toBeLessThan(100);
  });
});

describe('determinism', () => {
  async function digestAt(seed: number, time: number) {
    const { get, clock } = await runSandbox({ seed, tokenTtlSeconds: 2 * 86_400 });
    clock.time = time;
    const digest = createHash('sha256');
    for (const path of ['/Seller?PageSize=100', '/Catalog?PageSize=200']) {
      digest.update(await (await get(path)).text());
    }
    return digest.digest('hex');
  }

  it('gives the same bytes for the same seed and UTC day', async () => {
    const first = await digestAt(7, Date.UTC(2026, 9, 5, 0, 0, 0, 0));
    expect(await digestAt(7, Date.UTC(2026, 9, 5, 23, 59, 59, 999))).toBe(first);
  });

  it('gives other bytes for another seed, and on another day', async () => {
    const first = await digestAt(7, NOON);
    expect(await digestAt(8, NOON)).not.toBe(first);
    expect(await digestAt(7, NOON + DAY_MS)).not.toBe(first);
  });

  it('shifts the dates with the day, and nothing else', async () => {
    const { json, clock } = await runSandbox({ tokenTtlSeconds: 10 * 86_400 });
    const before = await json<CatalogPage>('/Catalog?PageSize=200');
    clock.time += DAY_MS;
    const after = await json<CatalogPage>('/Catalog?PageSize=200');
    const moved = before.items.map(({ startDate }) =>
      startDate == null ? startDate : Date.parse(`${startDate}Z`) + DAY_MS,
    );
    expect(
      after.items.map(({ startDate }) => (startDate == null ? startDate : Date.parse(`${startDate}Z`))),
    ).toEqual(moved);
    expect(after.items.map(({ title }) => title)).toEqual(before.items.map(({ title }) => title));
  });
});

describe('sizes', () => {
  it('has no sellers and no catalogs if configured so', async () => {
    const { json } = await runSandbox({ sellers: 0 });
    const empty = { items: [], pageNumber: 1, totalPages: 0, totalItems: 0 };
    expect(await json('/Seller')).toMatchObject(empty);
    expect(await json('/Catalog')).toMatchObject(empty);
  });

  it.each([1, 2, 20, 40])('shares no catalog of %i sellers with its own seller', async (sellers) => {
    const { json, sandbox } = await runSandbox({ sellers, lots: 0 });
    const sellerIds: number[][] = [];
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      sandbox.configure({ seed });
      const { items } = await json<CatalogPage>('/Catalog?PageSize=1000');
      sellerIds.push(...items.map((catalog) => catalog.sellers.map(({ id }) => id)));
    }
    expect(sellerIds.length).toBeGreaterThan(0);
    for (const ids of sellerIds) expect(ids).toEqual([...new Set(ids)]);
  });

  it('pages through the catalogs of 100,000 sellers, and finds each of them by id and by seller', async () => {
    const { json } = await runSandbox({ sellers: 100_000 });
    const { totalPages, totalItems } = await json<CatalogPage>('/Catalog?PageSize=10');
    expect(totalItems).toBeGreaterThan(1_000_000);
    const last = await json<CatalogPage>(`/Catalog?PageSize=10&PageNumber=${totalPages}`);
    for (const catalog of last.items) {
      expect(await json(`/Catalog/${catalog.id}`)).toEqual(catalog);
      const bySeller = await json<CatalogPage>(`/Catalog?PageSize=100&SellerIds=${catalog.sellers[0]?.id}`);
      expect(bySeller.items).toContainEqual(catalog);
    }
  });
});
