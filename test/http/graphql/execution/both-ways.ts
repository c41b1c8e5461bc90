import { bySoonest, type Catalog } from '../../../../src/domain/catalog.ts';
import type { Seller } from '../../../../src/domain/seller.ts';
import type { HttpEvent } from '../../../../src/http/events.ts';
import { createExecution, type ExecutionRequest } from '../../../../src/http/graphql/execution/execution.ts';
import type { Limits } from '../../../../src/http/graphql/limits/plugin.ts';
import type { GraphqlResponse } from '../../../../src/http/responses.ts';
import { createArrangements } from '../../../../src/repository/arrangements.ts';
import { createFutureCatalogs } from '../../../../src/repository/future-catalogs.ts';
import type { Read, Repository } from '../../../../src/repository/index.ts';
import type { DatedCatalogs } from '../../../../src/repository/upcoming.ts';
import type { FakeRepository } from '../../../support/http-layer.ts';

/** The data that executions read. A seller may have an error in place of its catalogs. */
export interface Shelf {
  readonly sellers: readonly Seller[];
  readonly catalogs: ReadonlyMap<number, readonly Catalog[] | Error>;
}

export function repositoryOf({ sellers, catalogs }: Shelf): FakeRepository {
  const all = [...catalogs.values()].flatMap((list) => (list instanceof Error ? [] : list));
  return {
    sellers: {
      list: async (filter) =>
        sellers.filter(({ name }) => typeof filter?.name !== 'string' || name === filter.name),
      find: async (id) => sellers.find((seller) => seller.id === id) ?? null,
    },
    catalogs: {
      ofSellers: async (ids) => new Map(ids.map((id) => [id, catalogs.get(id) ?? []])),
      find: async (id) => all.find((catalog) => catalog.id === id) ?? null,
    },
    upcoming: {
      ofAll: async () => dated([...catalogs.keys()]),
      ofSellers: async (ids) => dated(ids),
    },
  };

  function dated(ids: readonly number[]): DatedCatalogs {
    const lists = [...new Set(ids)].map((id) => catalogs.get(id) ?? []);
    const failures = lists.filter((list) => list instanceof Error);
    const found = lists.flatMap((list) => (list instanceof Error ? [] : list));
    const each = [...new Map(found.map((catalog) => [catalog.id, catalog])).values()];
    const soonest = each.filter(({ startDate }) => startDate !== null).sort(bySoonest);
    return { catalogs: soonest, sellers: lists.length, failures };
  }
}

const WIDE: Limits = {
  tokens: 2000,
  aliases: 50,
  depth: 10,
  pageCost: 100_000,
  values: 1_000_000,
  upstreamCalls: 10_000,
};

/** An execution over the data of the test, and the events that it reports. */
export function createTestExecution(repository: Partial<Repository> | FakeRepository, limits: Limits = WIDE) {
  const events: HttpEvent[] = [];
  const execute = createExecution({
    repository: {
      futureOf: createFutureCatalogs(),
      arrange: createArrangements('en'),
      today: () => ({ startsAt: new Date('2026-06-15T00:00:00Z'), endsAt: new Date('2026-06-16T00:00:00Z') }),
      operations: {
        invalidate: async (tags: string[]) => ({
          tags: tags.map((tag) => ({ tag, known: false })),
          at: 0,
          acknowledgedBy: 'memory',
        }),
        inspect: async (key: string) => ({ key, memory: null, redis: null, redisAnswered: true }),
      },
      ...repository,
    } as unknown as Repository,
    limits,
    introspection: true,
    report: (event) => events.push(event),
  });
  const read = { expireAt() {}, markUncacheable() {} } as unknown as Read;
  return {
    events,
    execute: (parameters: unknown, request: Partial<ExecutionRequest> = {}): Promise<GraphqlResponse> =>
      execute({
        parameters,
        method: 'POST',
        mediaType: 'application/graphql-response+json',
        operator: false,
        fullSchema: false,
        viewer: null,
        charge: null,
        read,
        ...request,
      }),
  };
}

/**
 * Executes the operation three times in one process: without a plan, because it is new; with a plan that is compiled
 * for it, if one is; and with the compiled plan. Returns how the last two were executed.
 */
export async function executeBothWays(
  repository: FakeRepository,
  parameters: unknown,
  request: Partial<ExecutionRequest> = {},
) {
  const { events, execute } = createTestExecution(repository);
  const reference = await execute(parameters, request);
  const types = () => events.map((event) => (event.type === 'plan-abandoned' ? event.why : event.type));
  const reportedByReference = types();
  const others = [await execute(parameters, request), await execute(parameters, request)];
  const [made, ...abandoned] = types()
    .slice(reportedByReference.length)
    .filter((type) => type !== 'internal-error');
  const way = made !== 'plan-made' ? 'no plan' : abandoned.length === 0 ? 'planned' : abandoned.join(', ');
  return { reference, others, way, events };
}
