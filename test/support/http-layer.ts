import { onTestFinished } from 'vitest';
import { createAdmission } from '../../src/http/auth/admission.ts';
import type { HttpEvent } from '../../src/http/events.ts';
import { createDocumentStore } from '../../src/http/graphql/persisted/document-store.ts';
import { createPersistedDocuments } from '../../src/http/graphql/persisted/documents.ts';
import { createGraphqlService, type GraphqlServiceOptions } from '../../src/http/graphql/service.ts';
import { responseCodec, weightOf } from '../../src/http/response-cache/stored-response.ts';
import { createRouter, type RouterOptions } from '../../src/http/router.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { createArrangements } from '../../src/repository/arrangements.ts';
import { createFutureCatalogs } from '../../src/repository/future-catalogs.ts';
import type { Repository } from '../../src/repository/index.ts';
import { createRead, type Read } from '../../src/repository/read.ts';
import { startCacheProcess } from './cache-process.ts';

/** The methods that a test's repository overrides. */
export interface FakeRepository {
  readonly sellers?: Partial<Repository['sellers']>;
  readonly catalogs?: Partial<Repository['catalogs']>;
  readonly upcoming?: Repository['upcoming'];
  readonly today?: Repository['today'];
}

/** The reads of a test take the usual way: a trial would call them twice. */
function waiting<R extends object>(reads: R | undefined): R | undefined {
  if (!reads) return undefined;
  const entries = Object.entries(reads as Record<string, (...given: unknown[]) => unknown>);
  const wrapped = entries.map(([name, read]) => [
    name,
    (...given: unknown[]) => {
      (given.at(-1) as Read).trial?.refuse();
      return read(...given);
    },
  ]);
  return Object.fromEntries(wrapped);
}

/** The HTTP layer alone, on a port of its own, over the test's repository. It is closed when the test has finished. */
export async function startHttpLayer(
  {
    sellers,
    catalogs,
    upcoming,
    today = () => ({ startsAt: new Date(0), endsAt: new Date(1) }),
  }: FakeRepository,
  given: Partial<RouterOptions & GraphqlServiceOptions> = {},
) {
  const events: HttpEvent[] = [];
  const { cache, keyValue } = await startCacheProcess();
  const stored = {
    ...{ codec: responseCodec, weigh: weightOf },
    ...{ memoryBytes: 1024 * 1024, maxBytes: 1024 * 1024 },
  };
  const options: Omit<RouterOptions, 'serveGraphql' | 'readiness'> & GraphqlServiceOptions = {
    repository: {
      sellers: waiting(sellers),
      catalogs: waiting(catalogs),
      upcoming: waiting(upcoming),
      today,
      futureOf: createFutureCatalogs(),
      arrange: createArrangements('en'),
      newRead: (demand) => createRead(cache, demand),
      newTrial: () => createRead(cache, {}, {}, cache.newTrial()),
    } as Repository,
    store: cache.derived({ ...stored, name: 'answers' }),
    persisted: createPersistedDocuments({
      manifest: new Map(),
      only: false,
      store: createDocumentStore(keyValue),
    }),
    auth: null,
    admit: createAdmission({
      ...{ auth: null, sharedResponses: false, limit: null, hasAdminToken: given.guard?.hasToken ?? null },
      addressOf: () => '127.0.0.1',
    }),
    addressOf: ({ socket }) => socket.remoteAddress ?? '',
    credentialHeaders: ['Authorization'],
    hasEnded: () => false,
    personalStore: cache.derived({ ...stored, name: 'personal-answers', isShared: false }),
    surrogateKeys: false,
    minIntervalMs: 5000,
    cacheDebug: false,
    guard: null,
    limits: { tokens: 2000, aliases: 50, depth: 10, pageCost: 10_000, values: 50_000, upstreamCalls: 25 },
    introspection: true,
    live: null,
    graphiql: false,
    corsOrigins: [],
    routes: [],
    clock: { now: () => 0, monotonic: () => 0 },
    report: (event) => events.push(event),
    ...given,
  };
  const { handle, live } = createGraphqlService(options);
  const server = createHttpServer(
    createRouter({ readiness: () => ({ ready: server.open }), ...options, serveGraphql: handle }),
    { upgrade: live?.upgrade },
  );
  const origin = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`;
  onTestFinished(() => server.close(0));
  return { origin, events, server };
}
