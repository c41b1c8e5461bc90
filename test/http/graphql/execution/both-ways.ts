import { NotAtOnce, type Trial } from '../../../../src/cache/index.ts';
import { bySoonest, type Catalog } from '../../../../src/domain/catalog.ts';
import type { Seller } from '../../../../src/domain/seller.ts';
import type { Executor, HttpEvent } from '../../../../src/http/events.ts';
import { createExecution, type ExecutionRequest } from '../../../../src/http/graphql/execution/execution.ts';
import type { Limits } from '../../../../src/http/graphql/limits/prepare.ts';
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

/** As in a cache, the same list each time. */
const NO_CATALOGS: readonly Catalog[] = [];

export function repositoryOf({ sellers, catalogs }: Shelf): FakeRepository {
  const all = [...catalogs.values()].flatMap((list) => (list instanceof Error ? [] : list));
  const everything = dated([...catalogs.keys()]);
  return {
    sellers: {
      list: (filter, read) =>
        found(
          typeof filter?.name === 'string' ? sellers.filter(({ name }) => name === filter.name) : sellers,
          read,
        ),
      find: (id, read) => found(sellers.find((seller) => seller.id === id) ?? null, read),
    },
    catalogs: {
      ofSellers: async (ids) => new Map(ids.map((id) => [id, catalogs.get(id) ?? NO_CATALOGS])),
      atOnce: (id, _filter, trial) => {
        const list = catalogs.get(id) ?? NO_CATALOGS;
        return list instanceof Error ? trial.refuse() : list;
      },
      find: (id, read) => found(all.find((catalog) => catalog.id === id) ?? null, read),
    },
    upcoming: {
      ofAll: (read) => found(everything, read),
      ofSellers: async (ids, read) => {
        read.trial?.refuse();
        return dated(ids);
      },
    },
  };

  function found<T>(value: T, { trial }: Read): T | Promise<T> {
    return trial ? value : Promise.resolve(value);
  }

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

/** A response whose bytes are read as text. */
export interface TextResponse extends Omit<GraphqlResponse, 'bytes'> {
  readonly text: string;
}

/** An execution over the data of the test, the events that it reports, and what executed each operation. */
export function createTestExecution(repository: Partial<Repository> | FakeRepository, limits: Limits = WIDE) {
  const events: HttpEvent[] = [];
  const executors: Executor[] = [];
  const execution = createExecution({
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
    report: (event) => (event.type === 'executed' ? executors.push(event.by) : events.push(event)),
  });
  const read = { expireAt() {}, markUncacheable() {}, trial: null } as unknown as Read;
  const trial: Trial = {
    get: () => trial.refuse(),
    refuse() {
      throw new NotAtOnce('a read of this test has to wait');
    },
    onCommit() {},
    commit() {},
  };
  const requestOf = (parameters: unknown, request: Partial<ExecutionRequest>): ExecutionRequest => ({
    ...{ parameters, method: 'POST', mediaType: 'application/graphql-response+json' },
    ...{ operator: false, fullSchema: false, viewer: null, charge: null, read },
    ...request,
  });
  return {
    events,
    executors,
    async execute(parameters: unknown, request: Partial<ExecutionRequest> = {}): Promise<TextResponse> {
      return withText(await execution.execute(requestOf(parameters, request)));
    },
    /** Undefined if a read has to wait. */
    executeAtOnce(parameters: unknown, request: Partial<ExecutionRequest> = {}): TextResponse | undefined {
      const response = execution.executeAtOnce({
        ...requestOf(parameters, request),
        read: { ...read, trial },
      });
      return response && withText(response);
    },
  };
}

function withText({ bytes, ...response }: GraphqlResponse): TextResponse {
  return { ...response, text: bytes.toString() };
}

/**
 * Executes the operation five times in one process: without a plan, because it is new; with a plan that is compiled
 * for it, if one is; with the compiled plan; and twice at once, if that is possible: from new pieces, and from kept ones.
 * Returns how the second and third were executed, and what executed all of them.
 */
export async function executeBothWays(
  repository: FakeRepository,
  parameters: unknown,
  request: Partial<ExecutionRequest> = {},
) {
  const { events, executors, execute, executeAtOnce } = createTestExecution(repository);
  const reference = await execute(parameters, request);
  const types = () => events.map((event) => (event.type === 'plan-abandoned' ? event.why : event.type));
  const reportedByReference = types();
  const others = [await execute(parameters, request), await execute(parameters, request)];
  const [made, ...abandoned] = types()
    .slice(reportedByReference.length)
    .filter((type) => type !== 'internal-error');
  const way = made !== 'plan-made' ? 'no plan' : abandoned.length === 0 ? 'planned' : abandoned.join(', ');
  const atOnce = [executeAtOnce(parameters, request), executeAtOnce(parameters, request)];
  return { reference, others, atOnce, way, executors, events };
}
