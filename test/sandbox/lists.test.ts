import { describe, expect, it } from 'vitest';
import type { CatalogPage, SellerPage } from './contract.ts';
import { runSandbox, TODAY } from './running-sandbox.ts';

type Catalog = CatalogPage['items'][number];
type Seller = SellerPage['items'][number];

const SMALL = { sellers: 60, lots: 0, maxPageSize: 100_000 };
const ALL = 'PageSize=100000';

/** Holds the filtered list against the whole list filtered by hand, which must be a real part of it. */
async function expectCatalogs(query: string, matches: (catalog: Catalog) => boolean) {
  const { json } = await runSandbox(SMALL);
  const all = await json<CatalogPage>(`/Catalog?${ALL}`);
  const expected = all.items.filter(matches);
  expect(expected.length).toBeGreaterThan(0);
  expect(expected.length).toBeLessThan(all.items.length);
  const found = await json<CatalogPage>(`/Catalog?${ALL}&${query}`);
  expect(found.items).toEqual(expected);
  expect(found.totalItems).toBe(expected.length);
}

async function expectSellers(query: string, matches: (seller: Seller) => boolean) {
  const { json } = await runSandbox(SMALL);
  const all = await json<SellerPage>(`/Seller?${ALL}`);
  const expected = all.items.filter(matches);
  expect(expected.length).toBeGreaterThan(0);
  expect(expected.length).toBeLessThan(all.items.length);
  expect((await json<SellerPage>(`/Seller?${ALL}&${query}`)).items).toEqual(expected);
}

const part = (text: string | null, lowerCase: string) => text?.toLowerCase().includes(lowerCase) ?? false;

describe('filters of GET /Seller', () => {
  it('Name finds a part of the name in any case', () =>
    expectSellers('Name=AUCTION', ({ name }) => part(name, 'auction')));

  it('Name finds letters beyond ASCII', async () => {
    const { json, sandbox } = await runSandbox(SMALL);
    const id = (await json<SellerPage>('/Seller')).items[0]?.id as number;
    sandbox.changeSeller(id, { name: 'ÉCLAT 霞町 O’Rahilly' });
    for (const name of ['éclat', '霞町 o’']) {
      const found = await json<SellerPage>(`/Seller?Name=${encodeURIComponent(name)}`);
      expect(found.items.map((seller) => seller.id)).toContain(id);
    }
  });

  it('IsActive takes true and false', async () => {
    await expectSellers('IsActive=true', ({ isActive }) => isActive);
    await expectSellers('IsActive=False', ({ isActive }) => !isActive);
  });

  it('Id and CustomerDisplayId are exact', async () => {
    const { json } = await runSandbox(SMALL);
    const seller = (await json<SellerPage>('/Seller?PageNumber=2')).items[3] as Seller;
    expect((await json<SellerPage>(`/Seller?Id=${seller.id}`)).items).toEqual([seller]);
    const byDisplayId = await json<SellerPage>(`/Seller?CustomerDisplayId=${seller.customerDisplayId}`);
    expect(byDisplayId.items).toContainEqual(seller);
    for (const { customerDisplayId } of byDisplayId.items) {
      expect(customerDisplayId).toBe(seller.customerDisplayId);
    }
  });

  it('finds nothing for an unknown id', async () => {
    const { json } = await runSandbox(SMALL);
    expect(await json('/Seller?Id=2147483647')).toMatchObject({ items: [], totalItems: 0 });
  });
});

describe('filters of GET /Catalog', () => {
  it('Title, Agent and CustomerCatalogId find a part in any case', async () => {
    await expectCatalogs('Title=jEwEls', ({ title }) => part(title, 'jewels'));
    await expectCatalogs('Agent=s%C3%BCd', ({ agent }) => part(agent, 'süd'));
    await expectCatalogs('CustomerCatalogId=sb-7', ({ customerCatalogId }) =>
      part(customerCatalogId, 'sb-7'),
    );
  });

  it('StartDate keeps what starts then or later, and nothing undated', () =>
    expectCatalogs(`StartDate=${TODAY}`, ({ startDate }) => startDate != null && startDate >= TODAY));

  it('EndDate keeps what ends then or earlier, and nothing undated', () =>
    expectCatalogs(`EndDate=${TODAY}`, ({ endDate }) => endDate != null && endDate <= TODAY));

  it('StartDate and EndDate include the exact instant', async () => {
    const { json, sandbox } = await runSandbox(SMALL);
    const sellerId = (await json<SellerPage>('/Seller')).items[0]?.id as number;
    sandbox.changeCatalog(1_999_999, { startDate: '2031-05-06T07:08:09.5', sellerIds: [sellerId] });
    const found = async (query: string) =>
      (await json<CatalogPage>(`/Catalog?Id=1999999&${query}`)).totalItems;
    expect(await found('StartDate=2031-05-06T07:08:09.500')).toBe(1);
    expect(await found('StartDate=2031-05-06T07:08:09.501')).toBe(0);
    expect(await found('EndDate=2031-05-06T23:59:59.999')).toBe(1);
    expect(await found('EndDate=2031-05-06T23:59:59.998')).toBe(0);
  });

  it('a date with an offset is the same instant in UTC', () =>
    expectCatalogs(
      `StartDate=${encodeURIComponent('2026-10-05T05:30:00+05:30')}`,
      ({ startDate }) => startDate != null && startDate >= TODAY,
    ));

  it('IsCompleted takes true and false', async () => {
    await expectCatalogs('IsCompleted=true', ({ isCompleted }) => isCompleted);
    await expectCatalogs('IsCompleted=false', ({ isCompleted }) => !isCompleted);
  });

  it('SellerIds, repeated, finds the catalogs of any of them once, and ignores unknown ids', async () => {
    const { json } = await runSandbox(SMALL);
    const { items } = await json<SellerPage>('/Seller?PageSize=5');
    const ids = items.map(({ id }) => id).reverse();
    await expectCatalogs(
      [...ids, ...ids, 2_000_000_000].map((id) => `SellerIds=${id}`).join('&'),
      ({ sellers }) => sellers.some(({ id }) => ids.includes(id)),
    );
  });

  it('SellerIds of unknown sellers find nothing', async () => {
    const { json } = await runSandbox(SMALL);
    expect(await json('/Catalog?SellerIds=2000000000')).toMatchObject({ items: [], totalItems: 0 });
  });

  it('filters combine, and their names match in any case', () =>
    expectCatalogs(
      `title=a&ISCOMPLETED=false&startDate=${TODAY}`,
      ({ title, isCompleted, startDate }) =>
        part(title, 'a') && !isCompleted && startDate != null && startDate >= TODAY,
    ));

  it('an unknown parameter and an empty text change nothing', async () => {
    const { json } = await runSandbox(SMALL);
    expect(await json('/Catalog?Colour=red&Title=')).toEqual(await json('/Catalog'));
  });
});

describe('paging', () => {
  it('returns the first 10 by default', async () => {
    const { json } = await runSandbox({ sellers: 23 });
    const { items, ...position } = await json<SellerPage>('/Seller');
    expect(items).toHaveLength(10);
    expect(position).toEqual({
      pageNumber: 1,
      totalPages: 3,
      totalItems: 23,
      hasPreviousPage: false,
      hasNextPage: true,
    });
  });

  it('returns every item once over its pages, in order', async () => {
    const { json } = await runSandbox({ sellers: 23 });
    const pages = await Promise.all(
      [1, 2, 3, 4].map((n) => json<SellerPage>(`/Seller?PageSize=7&PageNumber=${n}`)),
    );
    const all = await json<SellerPage>('/Seller?PageSize=100');
    expect(pages.flatMap(({ items }) => items)).toEqual(all.items);
    expect(pages.at(-1)).toMatchObject({
      pageNumber: 4,
      totalPages: 4,
      hasPreviousPage: true,
      hasNextPage: false,
    });
  });

  it('returns an empty page with true totals past the end', async () => {
    const { json } = await runSandbox({ sellers: 23 });
    expect(await json('/Seller?PageNumber=2147483647')).toEqual({
      items: [],
      pageNumber: 2_147_483_647,
      totalPages: 3,
      totalItems: 23,
      hasPreviousPage: true,
      hasNextPage: false,
    });
  });

  it('lowers a page size above the maximum, and counts the pages by that', async () => {
    const { json } = await runSandbox({ sellers: 1203, maxCatalogs: 0, maxPageSize: 500 });
    const third = await json<SellerPage>('/Seller?PageSize=1000&PageNumber=3');
    expect(third.items).toHaveLength(203);
    expect(third).toMatchObject({ totalPages: 3, totalItems: 1203, hasNextPage: false });
  });
});

describe('invalid parameters', () => {
  it.each([
    ['/Seller?Id=abc', 'Id'],
    ['/Seller?Id=', 'Id'],
    ['/Seller?Id=2147483648', 'Id'],
    ['/Seller?Id=1.5', 'Id'],
    ['/Seller?IsActive=yes', 'IsActive'],
    ['/Seller?PageSize=0', 'PageSize'],
    ['/Seller?PageNumber=-1', 'PageNumber'],
    ['/Catalog?StartDate=tomorrow', 'StartDate'],
    ['/Catalog?StartDate=2026-02-30', 'StartDate'],
    ['/Catalog?EndDate=2026-13-01T00:00:00', 'EndDate'],
    ['/Catalog?SellerIds=1,2', 'SellerIds'],
    ['/Catalog?SellerIds=1&SellerIds=x', 'SellerIds'],
    ['/Seller/abc', 'id'],
    ['/Catalog/99999999999', 'id'],
    ['/Catalog/%E0%A4%A', 'id'],
  ])('%s is answered 400 with the parameter named in errors', async (path, name) => {
    const { get } = await runSandbox(SMALL);
    const response = await get(path);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const { status, errors } = await response.json();
    expect(status).toBe(400);
    expect(Object.keys(errors)).toEqual([name]);
  });

  it('are all reported at once', async () => {
    const { json } = await runSandbox(SMALL);
    const { errors } = await json<{ errors: object }>('/Catalog?Id=x&IsCompleted=x&PageSize=x');
    expect(Object.keys(errors)).toEqual(['Id', 'IsCompleted', 'PageSize']);
  });
});

it.each(['/Seller/2147483647', '/Catalog/2147483647', '/Catalog/-1', '/Seller/0'])(
  '%s, an unknown id, is answered 404 as a problem',
  async (path) => {
    const { get } = await runSandbox(SMALL);
    const response = await get(path);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await response.json()).toMatchObject({ status: 404, title: 'Not Found' });
  },
);
