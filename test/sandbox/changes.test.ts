import { describe, expect, it } from 'vitest';
import { type CatalogPage, catalogExpanded, type SellerPage } from './contract.ts';
import { type RunningSandbox, runSandbox, TODAY } from './running-sandbox.ts';

/** Two sellers, the first with a catalog of its own. */
async function records({ json }: RunningSandbox) {
  const { items } = await json<SellerPage>('/Seller?PageSize=100');
  const [first, second] = items.filter(({ catalogs }) => catalogs.length > 2);
  const { items: catalogs } = await json<CatalogPage>(`/Catalog?SellerIds=${first?.id}`);
  const catalog = catalogs.find(({ sellers }) => sellers.length === 1);
  if (!first || !second || !catalog) throw new Error('the default data have no such records');
  return { first, second, catalog };
}

const idsOf = async ({ json }: RunningSandbox, sellerId: number) =>
  (await json<CatalogPage>(`/Catalog?PageSize=100&SellerIds=${sellerId}`)).items.map(({ id }) => id);

describe('PUT /control/sellers/{id}', () => {
  it('changes the given fields in every response that shows the seller', async () => {
    const running = await runSandbox();
    const { first, catalog } = await records(running);
    expect((await running.control('PUT', `/sellers/${first.id}`, { name: 'Renamed' })).status).toBe(204);
    await running.control('PUT', `/sellers/${first.id}`, { isActive: !first.isActive });
    const changed = { ...first, name: 'Renamed', isActive: !first.isActive };
    expect(await running.json(`/Seller/${first.id}`)).toEqual(changed);
    expect((await running.json<SellerPage>('/Seller?Name=renamed')).items).toEqual([changed]);
    const { sellers } = await running.json<{ sellers: unknown[] }>(`/Catalog/${catalog.id}`);
    expect(sellers).toMatchObject([{ id: first.id, name: 'Renamed' }]);
  });

  it.each([
    [{ name: 5 }, 'name must be text or null'],
    [{ isActive: 'yes' }, 'isActive must be true or false'],
    [{ customerDisplayId: 2 ** 31 }, 'customerDisplayId must be a 32-bit whole number'],
    [{ id: 5 }, 'id is not a known field'],
  ])('refuses %o and changes nothing', async (change, message) => {
    const running = await runSandbox();
    const { first } = await records(running);
    const response = await running.control('PUT', `/sellers/${first.id}`, change);
    expect(response.status).toBe(400);
    expect((await response.json()).detail).toContain(message);
    expect(await running.json(`/Seller/${first.id}`)).toEqual(first);
  });

  it('answers 404 for an unknown seller, and 400 for an invalid id', async () => {
    const { control } = await runSandbox();
    expect((await control('PUT', '/sellers/2147483647', {})).status).toBe(404);
    expect((await control('PUT', '/sellers/abc', {})).status).toBe(400);
  });
});

describe('PUT /control/catalogs/{id}', () => {
  it('changes the given fields in every response that shows the catalog', async () => {
    const running = await runSandbox();
    const { first, catalog } = await records(running);
    const change = { title: 'Retitled', startDate: '2031-01-02T03:04:05' };
    expect((await running.control('PUT', `/catalogs/${catalog.id}`, change)).status).toBe(204);
    const dates = { startDate: change.startDate, endDate: '2031-01-02T23:59:59.999', isCompleted: false };
    const changed = { ...catalog, title: 'Retitled', ...dates };
    expect(await running.json(`/Catalog/${catalog.id}`)).toEqual(changed);
    expect((await running.json<CatalogPage>('/Catalog?Title=retitled')).items).toEqual([changed]);
    const { catalogs } = await running.json<SellerPage['items'][number]>(`/Seller/${first.id}`);
    expect(catalogs).toContainEqual(expect.objectContaining({ id: catalog.id, title: 'Retitled' }));
  });

  it('moves a catalog to another seller, and shares it', async () => {
    const running = await runSandbox();
    const { first, second, catalog } = await records(running);
    await running.control('PUT', `/catalogs/${catalog.id}`, { sellerIds: [second.id] });
    expect(await idsOf(running, first.id)).not.toContain(catalog.id);
    expect(await idsOf(running, second.id)).toContain(catalog.id);
    await running.control('PUT', `/catalogs/${catalog.id}`, { sellerIds: [second.id, first.id] });
    expect(await idsOf(running, first.id)).toContain(catalog.id);
  });

  it('creates a catalog with sellerIds, at its place in the list', async () => {
    const running = await runSandbox({ sellers: 30 });
    const { first, second } = await records(running);
    const before = await running.json<CatalogPage>('/Catalog?PageSize=1');
    const sellerIds = [first.id, second.id];
    await running.control('PUT', '/catalogs/2000000000', { title: 'New', startDate: TODAY, sellerIds });
    const created = catalogExpanded.parse(await running.json('/Catalog/2000000000'));
    expect(created).toMatchObject({ title: 'New', startDate: TODAY, isCompleted: false });
    expect(created.sellers.map(({ id }) => id)).toEqual(sellerIds);
    const last = await running.json<CatalogPage>(`/Catalog?PageSize=1&PageNumber=${before.totalItems + 1}`);
    expect(last).toMatchObject({ items: [created], totalItems: before.totalItems + 1 });
    expect((await idsOf(running, second.id)).at(-1)).toBe(2_000_000_000);
  });

  it('completes a catalog by a past date, and removes its dates by null', async () => {
    const running = await runSandbox();
    const { catalog } = await records(running);
    await running.control('PUT', `/catalogs/${catalog.id}`, { startDate: '2026-10-04T23:59:59.9' });
    expect(await running.json(`/Catalog/${catalog.id}`)).toMatchObject({ isCompleted: true });
    await running.control('PUT', `/catalogs/${catalog.id}`, { startDate: null });
    const undated = { startDate: null, endDate: null, isCompleted: false };
    expect(await running.json(`/Catalog/${catalog.id}`)).toMatchObject(undated);
  });

  it('answers 404 for an unknown catalog without sellerIds', async () => {
    const { control } = await runSandbox();
    expect((await control('PUT', '/catalogs/2147483647', { title: 'New' })).status).toBe(404);
  });

  it.each([
    [{ startDate: '2026-10-05T00:00:00Z' }, 'startDate must be a time without an offset'],
    [{ startDate: '2026-02-30T00:00:00' }, 'startDate must be a time without an offset'],
    [{ startDate: '2026-10-05' }, 'startDate must be a time without an offset'],
    [{ sellerIds: [] }, 'sellerIds must be a list of one or more seller ids'],
    [{ sellerIds: [2_147_483_647] }, 'sellerIds names seller 2147483647, which does not exist'],
    [{ lots: [] }, 'lots is not a known field'],
  ])('refuses %o and changes nothing', async (change, message) => {
    const running = await runSandbox();
    const { catalog } = await records(running);
    const response = await running.control('PUT', `/catalogs/${catalog.id}`, change);
    expect(response.status).toBe(400);
    expect((await response.json()).detail).toContain(message);
    expect(await running.json(`/Catalog/${catalog.id}`)).toEqual(catalog);
  });
});

describe('DELETE /control/catalogs/{id}', () => {
  it('removes the catalog from every response', async () => {
    const running = await runSandbox();
    const { first, catalog } = await records(running);
    const { totalItems } = await running.json<CatalogPage>('/Catalog');
    expect((await running.control('DELETE', `/catalogs/${catalog.id}`)).status).toBe(204);
    expect((await running.get(`/Catalog/${catalog.id}`)).status).toBe(404);
    expect(await idsOf(running, first.id)).not.toContain(catalog.id);
    expect(await running.json('/Catalog')).toMatchObject({ totalItems: totalItems - 1 });
    expect(await running.json(`/Catalog?Id=${catalog.id}`)).toMatchObject({ totalItems: 0 });
    expect((await running.control('DELETE', `/catalogs/${catalog.id}`)).status).toBe(404);
  });

  it('allows a new catalog with that id', async () => {
    const running = await runSandbox();
    const { second, catalog } = await records(running);
    await running.control('DELETE', `/catalogs/${catalog.id}`);
    await running.control('PUT', `/catalogs/${catalog.id}`, { sellerIds: [second.id] });
    const made = await running.json<CatalogPage['items'][number]>(`/Catalog/${catalog.id}`);
    expect(made).toMatchObject({ title: null, startDate: null });
    expect(made.sellers.map(({ id }) => id)).toEqual([second.id]);
  });
});

it('keeps changes while other settings change, and drops them with their data', async () => {
  const { sandbox, ...running } = await runSandbox();
  const { first } = await records({ sandbox, ...running });
  sandbox.changeSeller(first.id, { name: 'Renamed' });
  sandbox.configure({ errorRate: 0, maxPageSize: 5 });
  expect(await running.json(`/Seller/${first.id}`)).toMatchObject({ name: 'Renamed' });
  sandbox.configure({ lots: 3 });
  expect(await running.json(`/Seller/${first.id}`)).toMatchObject({ name: first.name });
});

it('validates changes in process like those over HTTP', async () => {
  const { sandbox } = await runSandbox();
  expect(() => sandbox.changeSeller(3, { name: 5 as never })).toThrow('name must be text or null');
  expect(() => sandbox.changeSeller(2_147_483_647, {})).toThrow('seller 2147483647 does not exist');
  expect(() => sandbox.removeCatalog(2_147_483_647)).toThrow('catalog 2147483647 does not exist');
  expect(() => sandbox.configure({ lots: -1 })).toThrow('lots must be a whole number from 0 to 10000');
});
