import { pathToFileURL } from 'node:url';
import type { Catalog } from '../../../src/domain/catalog.ts';
import type { Principal } from '../../../src/domain/principal.ts';
import type { Seller } from '../../../src/domain/seller.ts';
import type { ExecutionRequest } from '../../../src/http/graphql/execution/execution.ts';
import type { CatalogApi } from '../../../src/upstream/catalog-api.ts';
import { catalog, seller } from '../../support/records.ts';
import type { Random } from '../random.ts';

/** The parts of the gateway that execute queries: the real ones, or those of a mutant. */
export interface Program {
  readonly openCache: typeof import('../../../src/cache/open-cache.ts').openCache;
  readonly createRepository: typeof import('../../../src/repository/index.ts').createRepository;
  readonly createExecution: typeof import('../../../src/http/graphql/execution/execution.ts').createExecution;
}

/** `folder` has the source of the gateway. */
export async function loadProgram(folder: string): Promise<Program> {
  const load = (path: string) => import(pathToFileURL(`${folder}/${path}`).href);
  const [{ openCache }, { createRepository }, { createExecution }] = await Promise.all([
    load('cache/open-cache.ts'),
    load('repository/index.ts'),
    load('http/graphql/execution/execution.ts'),
  ]);
  return { openCache, createRepository, createExecution };
}

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
const NOON = Date.parse('2026-06-15T12:00:00Z');
const DAYS = ['2026-06-15T13:00:00Z', '2026-06-16T09:00:00Z', '2026-06-17T09:00:00Z', '2026-07-01T09:00:00Z'];

const DOCUMENTS = [
  `query ($page: Int!, $size: Int!) { sellers(page: $page, pageSize: $size) {
    totalItems items { id name futureCatalogs(pageSize: $size) { totalItems items { id title startDate } } } } }`,
  `query ($page: Int!, $size: Int!, $short: Boolean!) { sellers(page: $page, pageSize: $size) {
    page items { name @skip(if: $short) id catalogs(pageSize: $page) { items { title agent } totalPages } isActive } } }`,
  'query ($id: ID!) { seller(id: $id) { id: name name: id } futureCatalogs(sellerId: $id) { items { title } } viewer { id } }',
  'query ($id: ID!) { viewer { name expiresAt signedInAt } catalogs(sellerId: $id) { items { id sellers { name } } } }',
  `query ($size: Int!, $direction: OrderDirection!) { upcomingCatalogs(pageSize: $size) { totalItems items { id title } }
    sellers(pageSize: $size, orderBy: { field: NAME, direction: $direction }) { items { name } } }`,
] as const;

interface Question {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** All questions: the same object each time, as the gateway has them for texts that came before. */
const QUESTIONS: readonly Question[] = DOCUMENTS.flatMap((query) =>
  [1, 2].flatMap((page) =>
    [1, 2, 4].flatMap((size) =>
      [true, false].map((short) => ({
        query,
        variables: { page, size, short, id: String(page + size), direction: short ? 'ASC' : 'DESC' },
      })),
    ),
  ),
);

const VIEWERS: readonly (Principal | null)[] = [null, principal('anna', 1), principal('ben', 2)];

function principal(id: string, number: number): Principal {
  const signedInAt = NOON - number * 1000;
  return { id, name: `${id}, ${number}`, kind: 'user', signedInAt, expiresAt: NOON + number * HOUR_MS };
}

/** What one history came to. `broken` says which response was not that of the source. */
export interface Outcome {
  readonly broken: string | null;
  readonly counts: Readonly<Record<'atOnce' | 'waited', number>>;
}

/**
 * A gateway without Redis whose source changes, and acknowledges each change to it by an invalidation. Each response must
 * have the bytes that the reference executor makes of the source at that moment, for the day, the variables and the viewer.
 */
export async function runHistory(
  program: Program,
  original: Program,
  random: Random,
  steps: number,
): Promise<Outcome> {
  const clock = { ms: NOON };
  const data = {
    sellers: Array.from({ length: 5 }, (_, index) => seller(index + 1, { name: `Seller ${index + 1}` })),
    catalogs: Array.from({ length: 8 }, (_, index) => newCatalog(10 + index)),
  };
  const gateway = await open(program);
  const source = await open(original);
  const counts = { atOnce: 0, waited: 0 };
  const sizes = QUESTIONS.length;
  // Some questions come again and again.
  const favourites = Array.from({ length: 6 }, () => QUESTIONS[random.whole(0, sizes - 1)] as Question);

  for (let step = 0; step < steps; step += 1) {
    if (random.chance(0.2)) await change();
    if (random.chance(0.05)) clock.ms += random.pick([60_000, HOUR_MS, 12 * HOUR_MS]);
    const question = random.chance(0.7) ? random.pick(favourites) : random.pick(QUESTIONS);
    const viewer = random.pick(VIEWERS);
    const given = await answer(question, viewer);
    const expected = await reference(question, viewer);
    if (given !== expected)
      return {
        broken: `step ${step}: ${JSON.stringify(question.variables)}: ${given}, not ${expected}`,
        counts,
      };
  }
  return { broken: null, counts };

  function newCatalog(id: number): Catalog {
    return catalog(id, {
      title: `Catalog ${id}, ${random.whole(0, 99)}`,
      startDate: new Date(random.pick(DAYS)),
      agent: random.chance(0.5) ? 'Bo' : null,
      sellerIds: [random.whole(1, 5)],
    });
  }

  async function change(): Promise<void> {
    if (random.chance(0.5)) {
      const index = random.whole(0, data.sellers.length - 1);
      const changed = { ...(data.sellers[index] as Seller), name: `Seller ${random.whole(0, 999)}` };
      data.sellers = data.sellers.with(index, changed);
      await gateway.cache.invalidate(['sellers']);
    } else {
      const index = random.whole(0, data.catalogs.length - 1);
      data.catalogs = data.catalogs.with(index, newCatalog(10 + index));
      await gateway.cache.invalidate(['catalogs']);
    }
  }

  async function answer(question: Question, viewer: Principal | null): Promise<string> {
    const trial = gateway.repository.newTrial();
    const atOnce = gateway.execution.executeAtOnce(requestOf(question, viewer, { read: trial }));
    trial.trial?.commit();
    counts[atOnce ? 'atOnce' : 'waited'] += 1;
    const read = gateway.repository.newRead();
    const { bytes } = atOnce ?? (await gateway.execution.execute(requestOf(question, viewer, { read })));
    return bytes.toString();
  }

  /** By the schema for operators, which has no plans. */
  async function reference(question: Question, viewer: Principal | null): Promise<string> {
    await source.cache.invalidate(['sellers', 'catalogs']);
    const read = source.repository.newRead();
    const request = requestOf({ ...question }, viewer, { read, fullSchema: true });
    return (await source.execution.execute(request)).bytes.toString();
  }

  function requestOf(
    parameters: Question,
    viewer: Principal | null,
    rest: Pick<ExecutionRequest, 'read'> & Partial<ExecutionRequest>,
  ): ExecutionRequest {
    return {
      ...{ parameters, viewer, method: 'POST', mediaType: 'application/json' },
      ...{ operator: false, fullSchema: false, charge: null },
      ...rest,
    };
  }

  async function open({ openCache, createRepository, createExecution }: Program) {
    const time = { now: () => clock.ms, monotonic: () => clock.ms };
    const { cache, keyValue } = await openCache({
      ...{ keyPrefix: 'pieces:', sourcePrefix: 'pieces:', memoryBytes: 10 * 1024 * 1024, redis: null },
      ...{ report: () => {}, clock: time, random: () => 0.5, tripMs: 1000 },
    });
    const repository = createRepository({
      ...{ cache, keyValue, api: apiOf(), adaptiveTtl: null, clock: time, report: () => {} },
      // Longer than a day, so that the lists outlive it.
      ttlMs: { sellers: 3 * DAY_MS, catalogs: 3 * DAY_MS, filter: DAY_MS, unknown: HOUR_MS, stale: DAY_MS },
      ...{ businessTimeZone: 'UTC', sortLocale: 'en' },
    });
    const limits = {
      tokens: 2000,
      aliases: 50,
      depth: 10,
      pageCost: 10_000,
      values: 50_000,
      upstreamCalls: 100,
    };
    const execution = createExecution({ repository, limits, introspection: true, report: () => {} });
    return { cache, repository, execution };
  }

  /** Gives what the source has now. */
  function apiOf(): CatalogApi {
    const soonest = () =>
      data.catalogs.toSorted((a, b) => Number(a.startDate) - Number(b.startDate) || a.id - b.id);
    return {
      sellers: async () => data.sellers.slice(),
      seller: async (id) => data.sellers.find((each) => each.id === id) ?? null,
      catalogsOf: async (ids) =>
        new Map(ids.map((id) => [id, soonest().filter(({ sellerIds }) => sellerIds.includes(id))])),
      catalog: async (id) => data.catalogs.find((each) => each.id === id) ?? null,
    } as CatalogApi;
  }
}
