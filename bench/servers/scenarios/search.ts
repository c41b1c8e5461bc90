import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atMost } from '../../lib/figures.ts';
import { summarise } from '../../lib/statistics.ts';
import { rounded } from '../../lib/units.ts';
import { type Client, dataOf, forEach } from '../client.ts';
import { ratesTable, seriesOf, withServers } from '../comparison.ts';
import { gateways, peers, RESPONSE_CACHE_OFF } from '../contenders.ts';
import { writeWorldFile } from '../dataset.ts';
import type { SellerRecord } from '../peers/world.ts';
import { searchQuestions } from '../questions.ts';
import type { Scenario } from '../scenario.ts';
import { measure } from '../series.ts';
import { startUpstream } from '../upstream.ts';

const SELLERS = 100_000;
const QUICK_SELLERS = 10_000;
const SEARCHES = 200;
const MOST_MS = 5;
const PAGE_SIZE = 200;
const OURS = 'catalog-gateway';

/** Searches in a long list of sellers, executed. */
export const search: Scenario = async (surroundings) => {
  const { client, quick, progress } = surroundings;
  const count = quick ? QUICK_SELLERS : SELLERS;
  const directory = mkdtempSync(join(tmpdir(), 'catalog-gateway-bench-'));
  progress.now(`making ${rounded(count)} sellers`);
  const upstream = await startUpstream(client, {
    SANDBOX_SELLERS: String(count),
    SANDBOX_MAX_CATALOGS: '0',
  });
  const variables = { ...upstream.variables, ...RESPONSE_CACHE_OFF, CACHE_MEMORY_MB: '512' };
  try {
    return await withServers(
      gateways(variables, surroundings, OURS),
      surroundings,
      async ([server, ...before]) => {
        if (!server) throw new Error('the gateway did not start');
        const sellers = await readSellers(client, server.url, count);
        const bodies = searchQuestions(sellers, SEARCHES);
        const beganAt = performance.now();
        await client.ask(server.url, bodies[0] ?? '');
        const firstMs = performance.now() - beganAt;
        const replies = await forEach(bodies, (body) => client.ask(server.url, body));
        const answers = new Map(
          bodies.map((body, index) => [body, { response: String(replies[index]?.bytes) }]),
        );
        const world = join(directory, 'world.json');
        writeWorldFile(world, { sellers, stored: [] });
        return withServers(peers(world, 'Yoga 5', 'Mercurius, JIT'), surroundings, async (others) => {
          const measured = await measure(
            [server, ...before, ...others],
            { answers, connections: 1 },
            surroundings,
          );
          const { median } = summarise(seriesOf(measured, OURS).map(({ medianMs }) => medianMs));
          return {
            title: 'Search',
            about: `The first page of what a search finds in ${rounded(count)} sellers: ${bodies.length} different searches in turn, over one connection. No response is cached. The other servers compare the words of every seller, which they split when they started. The gateway made its index during the first search, in ${rounded(firstMs)} ms. Tailcall is left out: it does not search.`,
            rows: ratesTable(measured, 'Mercurius, JIT'),
            figures: [atMost(`a search in ${rounded(count)} sellers, median`, MOST_MS, median, ' ms')],
            data: { firstMs, ...Object.fromEntries(measured) },
          };
        });
      },
    );
  } finally {
    await upstream.stop();
    rmSync(directory, { recursive: true });
  }
};

async function readSellers(client: Client, url: string, count: number): Promise<readonly SellerRecord[]> {
  const pages = Array.from({ length: Math.ceil(count / PAGE_SIZE) }, (_, index) => index + 1);
  const read = await forEach(pages, async (page) => {
    const query = `{ sellers(page: ${page}, pageSize: ${PAGE_SIZE}) { items { id name customerDisplayId } } }`;
    const { sellers } = dataOf<{ sellers: { items: Omit<SellerRecord, 'futureCatalogs'>[] } }>(
      await client.ask(url, JSON.stringify({ query })),
    );
    return sellers.items.map((seller) => ({ ...seller, futureCatalogs: [] }));
  });
  return read.flat();
}
