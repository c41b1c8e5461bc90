import type { Locator, Page } from 'playwright-core';

/** GraphiQL as a user sees it. */
export interface GraphiqlPage {
  readonly tabs: Locator;
  readonly variables: Locator;
  readonly answer: Locator;
  readonly docs: Locator;
  openTab(title: string): Promise<void>;
  run(): Promise<void>;
  showDocs(): Promise<void>;
}

/** Opens GraphiQL and waits until its editors accept input. An earlier click on Run has no effect. */
export async function openGraphiql(page: Page, origin: string, query = ''): Promise<GraphiqlPage> {
  await page.goto(`${origin}/graphql${query}`);
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  await page.locator('.result-window .monaco-editor').first().waitFor();
  return {
    tabs: page.locator('.graphiql-tab-button'),
    variables: page.getByRole('region', { name: 'Variables' }),
    answer: page.locator('.result-window'),
    docs: page.locator('.graphiql-doc-explorer'),
    async openTab(title) {
      // Use the keyboard: tabs slide into place at first, and a click would hit the old position.
      await page.getByTitle(title, { exact: true }).press('Enter');
      await page.locator('.graphiql-tab-active', { hasText: title }).waitFor();
    },
    run: () => page.getByRole('button', { name: 'Execute query' }).click(),
    showDocs: () => page.getByRole('button', { name: 'Show Documentation Explorer' }).click(),
  };
}
