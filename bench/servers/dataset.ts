import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, dataOf, forEach } from './client.ts';
import { type Contender, gateway, start } from './contenders.ts';
import { tailcalls } from './peers/tailcall/contenders.ts';
import { startShapedUpstream } from './peers/tailcall/upstream.ts';
import type { SellerRecord, StoredAnswer, World } from './peers/world.ts';
import type { Server } from './process.ts';
import { SELLERS } from './questions.ts';
import { addFutureCatalogs, startUpstream, type Upstream } from './upstream.ts';

/** The data of all servers: the sandbox for the gateway, and the same data in a file for the peers. */
export interface Dataset {
  readonly upstream: Upstream;
  /** The gateway's response to each request, as it responds to the second request. */
  reference(bodies: readonly string[]): Promise<ReadonlyMap<string, StoredAnswer>>;
  /** Writes the data of the peers, with the responses for the server of stored bytes. */
  writeWorld(stored: Iterable<StoredAnswer>): string;
  /** Tailcall with each of its caches, in front of an upstream with the same data. */
  readonly tailcalls: readonly Contender[];
  close(): Promise<void>;
}

// A page of that many sellers may ask for that many catalogs each: the gateway limits their product.
const SELLERS_AT_ONCE = 25;
const CATALOGS_AT_ONCE = 200;

// Headers that node adds, and headers that depend on how the body is sent.
const NOT_COPIED = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

export async function createDataset(client: Client): Promise<Dataset> {
  const upstream = await startUpstream(client, { SANDBOX_SELLERS: String(SELLERS) });
  const source = await start(gateway(upstream.variables), { client, cores: undefined });
  const ask: Ask = async (query) => dataOf(await client.ask(source.url, JSON.stringify({ query })));
  const directory = mkdtempSync(join(tmpdir(), 'catalog-gateway-bench-'));

  await addFutureCatalogs(client, upstream, await sellerIds(ask));
  const sellers = await readSellers(ask);
  const shaped = await startShapedUpstream(sellers);
  let worlds = 0;

  return {
    upstream,
    async reference(bodies) {
      const answers = await forEach(bodies, (body) => storedAnswer(client, source, body));
      return new Map(answers.map((answer) => [answer.request, answer]));
    },
    writeWorld(stored) {
      worlds += 1;
      const file = join(directory, `world-${worlds}.json`);
      writeWorldFile(file, { sellers, stored: [...stored] });
      return file;
    },
    tailcalls: tailcalls(directory, shaped.url),
    async close() {
      shaped.close();
      await source.stop();
      await upstream.stop();
      rmSync(directory, { recursive: true });
    },
  };
}

/** The data of the peers, with the schema. */
export function writeWorldFile(file: string, data: Omit<World, 'typeDefs'>): void {
  // The public schema, from a file because a gateway in production answers no introspection.
  const typeDefs = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
  writeFileSync(file, JSON.stringify({ typeDefs, ...data } satisfies World));
}

async function storedAnswer(client: Client, source: Server, request: string): Promise<StoredAnswer> {
  await client.ask(source.url, request);
  const reply = await client.ask(source.url, request);
  dataOf(reply);
  const headers = Object.entries(reply.headers).flatMap(([name, value]) =>
    NOT_COPIED.has(name) ? [] : [[name, String(value)] as const],
  );
  return { request, response: reply.bytes.toString(), headers: Object.fromEntries(headers) };
}

type Ask = <T>(query: string) => Promise<T>;

async function sellerIds(ask: Ask): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let page = 1; ids.length < SELLERS; page += 1) {
    const { sellers } = await ask<SellerPage<{ id: string }>>(
      `{ sellers(page: ${page}, pageSize: 200) { items { id } } }`,
    );
    ids.push(...sellers.items.map(({ id }) => id));
  }
  return ids;
}

async function readSellers(ask: Ask): Promise<readonly SellerRecord[]> {
  const sellers: SellerRecord[] = [];
  for (let page = 1; sellers.length < SELLERS; page += 1) {
    const found = await ask<SellerPage<Nested>>(`{
      sellers(page: ${page}, pageSize: ${SELLERS_AT_ONCE}) {
        items {
          id name customerDisplayId
          futureCatalogs(pageSize: ${CATALOGS_AT_ONCE}) { items { id title customerCatalogId startDate } }
        }
      }
    }`);
    sellers.push(
      ...found.sellers.items.map((each) => ({ ...each, futureCatalogs: each.futureCatalogs.items })),
    );
  }
  return sellers;
}

interface SellerPage<T> {
  readonly sellers: { readonly items: readonly T[] };
}

type Nested = Omit<SellerRecord, 'futureCatalogs'> & {
  readonly futureCatalogs: { readonly items: SellerRecord['futureCatalogs'] };
};
