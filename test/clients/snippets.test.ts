import { readFileSync } from 'node:fs';
import { ApolloClient, HttpLink } from '@apollo/client';
import { expect, it, onTestFinished } from 'vitest';
import { SellersDocument } from '../operations/generated.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';
import { createCache } from './snippets/apollo.ts';

const mockUpstream = interceptUpstream();

it('joins the pages of sellers into one list in Apollo Client', async () => {
  mockUpstream({ sellers: [1, 2, 3, 4, 5].map((id) => sellerRecord({ id })) });
  const { origin } = await startGateway();
  const client = new ApolloClient({
    cache: createCache(),
    link: new HttpLink({ uri: `${origin}/graphql` }),
  });
  onTestFinished(() => client.stop());
  const list = client.watchQuery({ query: SellersDocument, variables: { page: 1, pageSize: 2 } });
  const watching = list.subscribe(() => {});
  onTestFinished(() => watching.unsubscribe());
  await list.refetch();
  for (const page of [2, 3]) await list.fetchMore({ variables: { page } });
  const ids = () => list.getCurrentResult().data?.sellers?.items?.map((seller) => seller?.id);
  await expect.poll(ids).toEqual(['1', '2', '3', '4', '5']);
});

it('shows the code of the snippet in docs/clients.md', () => {
  const source = readFileSync('test/clients/snippets/apollo.ts', 'utf8');
  const region = /\/\/ #region cache\n(.*?)\/\/ #endregion/s.exec(source)?.[1];
  expect(region).toBeTruthy();
  expect(readFileSync('docs/clients.md', 'utf8')).toContain(`\`\`\`ts\n${region}\`\`\`\n`);
});
