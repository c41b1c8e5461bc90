import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvalidateDocument, SellersDocument } from './operations/generated.ts';
import { launchChromium, noChromium, openIsolatedPage } from './support/chromium.ts';
import { startGateway } from './support/gateway.ts';
import { openGraphiql } from './support/graphiql-page.ts';

const ADMIN_TOKEN = 'a-token-for-operators';
const SANDBOX = {
  ...{ ABCONNECT_ENVIRONMENT: 'sandbox', SANDBOX_SELLERS: '30', SANDBOX_LATENCY_MS: '0' },
  ADMIN_TOKEN,
};

// Each test loads megabytes into a browser, possibly on a busy machine.
describe.skipIf(noChromium)('GraphiQL in a browser', { timeout: 300_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  async function open() {
    const gateway = await startGateway(SANDBOX);
    const { page, ...watched } = await openIsolatedPage(browser, gateway.origin);
    return { gateway, page, graphiql: await openGraphiql(page, gateway.origin), ...watched };
  }

  it('offers the common queries as tabs, runs the first and shows its response', async () => {
    const { gateway, graphiql } = await open();
    const { data } = await gateway.query(SellersDocument, { pageSize: 2 });
    const names = data?.sellers.items.map(({ name }) => name) ?? [];
    expect(names).toHaveLength(2);

    expect(await graphiql.tabs.allInnerTexts()).toEqual([
      'Sellers',
      'SellersWithFutureCatalogs',
      'Seller',
      'Upcoming',
      'FindSellers',
      'FindCatalogs',
      'SellerByNumber',
      'SellersById',
      'LiveSellers',
      'ActiveSellers',
    ]);
    await graphiql.run();
    for (const name of names) await graphiql.answer.getByText(JSON.stringify(name)).waitFor();
  });

  it.each(['Sellers', 'SellersWithFutureCatalogs', 'Seller', 'ActiveSellers', 'FindSellers', 'Upcoming'])(
    'runs the tab %s without edits',
    async (tab) => {
      const { graphiql } = await open();
      await graphiql.openTab(tab);
      await graphiql.run();
      await graphiql.answer.getByText('"name"').first().waitFor();
      expect(await graphiql.answer.innerText()).not.toContain('"errors"');
    },
  );

  it('follows a live response', async () => {
    const { gateway, graphiql } = await open();
    await graphiql.openTab('LiveSellers');
    await graphiql.run();
    await graphiql.answer.getByText('"name"').first().waitFor();
    const { data } = await gateway.query(SellersDocument, { pageSize: 1 });
    gateway.sandbox?.changeSeller(Number(data?.sellers.items[0]?.id), { name: 'Renamed meanwhile' });
    await gateway.query(InvalidateDocument, { tags: ['sellers'] }, ADMIN_TOKEN);
    await graphiql.answer.getByText('"Renamed meanwhile"').waitFor();
  });

  it('shows the variables of a tab, and runs it with another value', async () => {
    const { gateway, graphiql, page } = await open();
    const { data } = await gateway.query(SellersDocument, { pageSize: 30 });
    const other = data?.sellers.items.find(({ id }) => id !== '5');
    await graphiql.openTab('Seller');
    await graphiql.variables.getByText('"5"').dblclick();
    await page.keyboard.type(`${other?.id}`);
    await graphiql.run();
    await graphiql.answer.getByText(JSON.stringify(other?.name)).waitFor();
  });

  it('documents the types of the schema', async () => {
    const { graphiql } = await open();
    const { docs } = graphiql;
    await graphiql.showDocs();
    await docs.getByRole('link', { name: 'SellerPage', exact: true }).click();
    await docs.getByText('One page of sellers.').waitFor();
    await docs.getByRole('link', { name: 'Seller', exact: true }).click();
    await docs.getByText('A party that sells at auction.').waitFor();
    await docs.getByText('Catalogs that open today or later, soonest first.').waitFor();
  });

  it('requests nothing from other hosts, and reports no error and no violation of its security policy', async () => {
    const { graphiql, foreignRequests, errors } = await open();
    await graphiql.run();
    await graphiql.answer.getByText('"sellers"').waitFor();
    await graphiql.showDocs();
    await graphiql.docs.getByText('Root Types').waitFor();
    expect(foreignRequests).toEqual([]);
    expect(errors).toEqual([]);
  });
});
