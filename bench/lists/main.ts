import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { openCache, systemClock } from '../../src/cache/index.ts';
import type { Catalog } from '../../src/domain/catalog.ts';
import { paginate } from '../../src/domain/page.ts';
import type { Seller } from '../../src/domain/seller.ts';
import { catalogsCodec, sellersCodec } from '../../src/repository/codecs.ts';
import { createRepository } from '../../src/repository/index.ts';
import type { CatalogApi } from '../../src/upstream/catalog-api.ts';
import { type Summary, summarise } from '../lib/statistics.ts';
import { toTable } from '../lib/table.ts';

// What searches, orders and the list of all sellers' catalogs cost in one process, without HTTP and without Redis.

const ROUNDS = 15;
const DAY_MS = 24 * 3_600_000;
const WORDS = [
  ...['Auction', 'House', 'Müller', 'Åsa', 'Brothers', 'Østergaard', 'Estate', 'Sale', 'Gallery', 'König'],
  ...['London', 'Łódź', 'Antiques', 'Motors', 'Farm', 'Équipement', 'Trading', 'Fine', 'Arts', 'Heritage'],
];

interface Size {
  readonly sellers: number;
  readonly catalogsEach: number;
}

const rows: string[][] = [['sellers × catalogs', 'what', 'median (low – high)']];

for (const size of [
  { sellers: 412, catalogsEach: 10 },
  { sellers: 5000, catalogsEach: 25 },
  { sellers: 100_000, catalogsEach: 0 },
])
  await measure(size);
process.stdout.write(`${toTable(rows)}\n`);

async function measure(size: Size): Promise<void> {
  const label = `${size.sellers} × ${size.catalogsEach}`;
  const note = (what: string, value: string) => void rows.push([label, what, value]);
  const { api, sellers } = createSource(size);
  const { cache, keyValue } = await openCache({ keyPrefix: 'bench:', memoryBytes: 1024 ** 3 });
  const hour = 3_600_000;
  const repository = createRepository({
    ...{ cache, keyValue, api, adaptiveTtl: null, clock: systemClock, report: () => {} },
    ttlMs: { sellers: hour, catalogs: hour, filter: 0, unknown: hour, stale: hour },
    ...{ businessTimeZone: 'UTC', sortLocale: 'en' },
  });
  const list = await repository.sellers.list(undefined, repository.newRead());
  const search = async (text: string) => {
    const found = await repository.arrange.sellers(list, { search: text });
    return paginate(found, { page: 1, pageSize: 25 });
  };

  note('bytes of the list of sellers', String(sellersCodec.toBytes(sellers).length));
  note('first search, with its index', await once(() => search('asa')));
  for (const text of ['a', 'asa', 'lodz auc', 'müller 42', 'nothing'])
    note(`search "${text}"`, await timed(() => search(text)));
  const orderBy = { field: 'NAME', direction: 'ASC' } as const;
  note('first order by name', await once(() => repository.arrange.sellers(list, { orderBy })));
  note('a page by name', await timed(() => repository.arrange.sellers(list, { orderBy })));
  note(
    'a page of a search by name',
    await timed(() => repository.arrange.sellers(list, { orderBy, search: 'a' })),
  );
  if (size.catalogsEach === 0) return;

  const upcoming = () => repository.upcoming.ofAll(repository.newRead());
  note('bytes of the catalogs of one seller', String(catalogsCodec.toBytes(catalogsOf(1, size)).length));
  const before = heapBytes();
  note('catalogs of all sellers, cold', await once(upcoming));
  note('heap of the entries and the list', `${Math.round((heapBytes() - before) / 1024 / 1024)} MiB`);
  note('the same, warm', await timed(upcoming));
  note(
    'the same after one seller was invalidated',
    await timed(upcoming, () => cache.invalidate(['catalogs:seller:42'])),
  );
}

function createSource(size: Size): { readonly api: CatalogApi; readonly sellers: readonly Seller[] } {
  const sellers = Array.from({ length: size.sellers }, (_, index): Seller => {
    const words = [index, 7 * index, 31 * index].map((at) => WORDS[at % WORDS.length]);
    return {
      id: index + 1,
      name: `${words.join(' ')} ${index}`,
      customerDisplayId: 1000 + index,
      isActive: true,
    };
  });
  return {
    sellers,
    api: {
      sellers: async () => sellers,
      seller: async () => null,
      catalog: async () => null,
      catalogsOf: async (ids) => new Map(ids.map((id) => [id, catalogsOf(id, size)])),
    },
  };
}

function catalogsOf(sellerId: number, { catalogsEach }: Size): readonly Catalog[] {
  return Array.from({ length: catalogsEach }, (_, index): Catalog => {
    const id = sellerId * 100 + index;
    const startDate = new Date(Date.now() + ((id * 7919) % 600) * DAY_MS);
    return {
      ...{
        id,
        title: `Catalog ${id} of a seller`,
        customerCatalogId: `C-${id}`,
        startDate,
        agent: 'An agent',
      },
      ...{ endDate: new Date(startDate.getTime() + DAY_MS), isCompleted: false, sellerIds: [sellerId] },
    };
  });
}

/** How long the work takes, and the longest that it blocks the event loop. */
async function once(work: () => Promise<unknown>): Promise<string> {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const startedAt = performance.now();
  await work();
  const tookMs = performance.now() - startedAt;
  delays.disable();
  return `${tookMs.toFixed(1)} ms, blocks for at most ${(delays.max / 1e6).toFixed(1)} ms`;
}

async function timed(work: () => Promise<unknown>, prepare?: () => Promise<unknown>): Promise<string> {
  const measured: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await prepare?.();
    const startedAt = performance.now();
    await work();
    measured.push(performance.now() - startedAt);
  }
  return inMs(summarise(measured));
}

function inMs({ median, low, high }: Summary): string {
  return `${median.toFixed(2)} ms (${low.toFixed(2)} – ${high.toFixed(2)})`;
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
