import { hash } from 'node:crypto';
import { printSchema } from 'graphql';
import type { Principal } from '../../domain/principal.ts';
import type { Read } from '../../repository/index.ts';
import { personalKey } from '../../repository/keys.ts';
import { countUpstreamCalls } from '../../repository/upstream-calls.ts';
import { publicSchema } from '../../schema/index.ts';
import type { AdminGuard } from '../admin/guard.ts';
import type { Identity } from '../auth/identity.ts';
import type { Exchange } from '../exchange.ts';
import type { MediaType } from '../negotiation/representation.ts';
import { RequestRefused } from '../refusal.ts';
import { type CacheQuery, createCacheQueries, type KnownOperation } from '../response-cache/cache-query.ts';
import { withDebug } from '../response-cache/debug.ts';
import type { ParsedRequest } from '../response-cache/parsed-request.ts';
import type { ResponseCache } from '../response-cache/response-cache.ts';
import { cacheStatus } from '../response-cache/response-headers.ts';
import { createStoredResponse, type ServedResponse } from '../response-cache/stored-response.ts';
import { createExecution, type ExecutionOptions, type ExecutionRequest } from './execution/execution.ts';
import { createKnownDocuments } from './known-documents.ts';
import { createOperatorRequests, type Sender } from './operator-requests.ts';
import { knownParameters, parametersOf } from './parameters.ts';
import type { PersistedDocuments } from './persisted/documents.ts';
import { createResponseCaches, type ResponseCachesOptions } from './response-caches.ts';

export interface AnswersOptions
  extends ExecutionOptions,
    Omit<ResponseCachesOptions, 'execution' | 'executionOf'> {
  readonly persisted: PersistedDocuments;
  /** Recognizes operators; null without an admin token. */
  readonly guard: AdminGuard | null;
  /**
   * What responses depend on beside their entries, the schema and the limits: gateways that differ in it share no
   * stored response. Default: nothing.
   */
  readonly responsesDependOn?: readonly unknown[];
  /** The address of a client, which may be behind proxies. */
  readonly addressOf: (request: Exchange['request']) => string;
  /** Whether there are live responses, which subscriptions need. */
  readonly hasLive: boolean;
}

/** Where a request came from. */
export type Origin = Pick<Exchange, 'request' | 'requestId'>;

export interface Answer {
  readonly served: ServedResponse;
  /** The name of the operation; null for one without. */
  readonly operation: string | null;
  /** Whether the response shows who asks. */
  readonly isPersonal: boolean;
}

/** A request whose document and operation are known. */
interface ResolvedRequest {
  /** With the text of the document. */
  readonly parameters: unknown;
  readonly operation: KnownOperation | null;
  /** An operator sent a document that is not trusted. */
  readonly exempt: boolean;
}

/** Responses to GraphQL requests, from the caches or from an execution. */
export interface Answers {
  /** The most frequent case, without any waiting: a request that came before, and a response in memory. */
  peek(request: ParsedRequest, origin: Origin): Answer | undefined;
  /** @throws RequestRefused */
  find(request: ParsedRequest, origin: Origin): Promise<Answer>;
  /** @throws RequestRefused */
  resolve(request: ParsedRequest, origin: Origin): Promise<ResolvedRequest>;
  readonly caches: readonly ResponseCache[];
  /** The name of the operation of a query that came before; null without one. */
  knownOperation(request: ParsedRequest): string | null;
  /** Keeps a document that a client sent together with its digest. */
  register(parameters: unknown, origin: Origin): void;
  /** Answers without a cache. */
  execute(request: ParsedRequest, parameters: unknown): Promise<ServedResponse>;
  /** The query of the parameters, with the cache of its responses; null for parameters that are not of a query. */
  cachedQuery(request: ParsedRequest, parameters: unknown): CachedQuery | null;
}

interface CachedQuery {
  readonly query: CacheQuery;
  readonly cache: ResponseCache;
}

export function createAnswers(options: AnswersOptions): Answers {
  const { repository, limits, guard, persisted, addressOf, clock } = options;
  const execution = createExecution(options);
  const operators = createOperatorRequests({ guard, persisted, maxTokens: limits.tokens });
  const { shared, personal } = createResponseCaches({ ...options, execution, executionOf });
  const dependencies = JSON.stringify([printSchema(publicSchema), limits, options.responsesDependOn]);
  const byText = {
    documentOf: createKnownDocuments(limits.tokens),
    dependencies: hash('sha256', dependencies, 'base64url'),
  };
  const queries = { GET: createCacheQueries(byText), POST: createCacheQueries(byText) };

  return {
    caches: [shared, personal],
    knownOperation: ({ method, text }) => queries[method].known(text)?.operation ?? null,
    peek(request, origin) {
      if (request.debug) return undefined;
      const known = queries[request.method].known(request.text);
      const { identity } = request.admission;
      if (!known || operators.mayDepend({ request: origin.request, identity }, known.parameters))
        return undefined;
      const { query, cache } = cachedBy(known, identity);
      const { operation, isPersonal } = known;
      const stored = cache.peek(query, request);
      if (stored) return { served: stored, operation, isPersonal };
      const served = cache.executeAtOnce(query, request);
      if (!served) return undefined;
      register(known.parameters, origin);
      return { served, operation, isPersonal };
    },
    async find(request, origin) {
      const { method, text, directives, debug } = request;
      const known = queries[method].known(text);
      const { parameters, operation, exempt } = known
        ? { parameters: known.parameters, operation: null, exempt: false }
        : await resolve(request, origin);
      if (operation?.type === 'subscription') throw options.hasLive ? notAcceptable() : noLive();
      const operator = exempt || (await operators.isOperators(parameters, senderOf(request, origin)));
      const query = operator || debug ? null : (known ?? queries[method].of(text, parameters));
      const served = await (query
        ? findCached(query, request, known !== undefined)
        : !directives.onlyIfCached && serveUncached(request, parameters, operator));
      if (!served) throw notCached();
      if (served.codes.length === 0) register(parameters, origin);
      const name = query ? query.operation : (operation ?? queries[method].operationOf(parameters))?.name;
      return { served, operation: name ?? null, isPersonal: query?.isPersonal ?? false };
    },
    resolve,
    register,
    execute: (request, parameters) => serveUncached(request, parameters, false),
    cachedQuery(request, parameters) {
      const query = queries.POST.of(JSON.stringify(parameters), parameters);
      return query && cachedBy(query, request.admission.identity);
    },
  };

  function cachedBy(query: CacheQuery, identity: Identity): CachedQuery {
    return query.isPersonal ? { query: ownedBy(query, identity), cache: personal } : { query, cache: shared };
  }

  /** `peeked`: whether `peek` has tried already to answer at once. */
  async function findCached(
    sent: CacheQuery,
    request: ParsedRequest,
    peeked: boolean,
  ): Promise<ServedResponse | null> {
    const { query, cache } = cachedBy(sent, request.admission.identity);
    const atOnce = peeked ? undefined : (cache.peek(query, request) ?? cache.executeAtOnce(query, request));
    return atOnce ?? cache.find(query, request);
  }

  function register(parameters: unknown, { request }: Origin): void {
    persisted.register(parameters, addressOf(request));
  }

  function senderOf({ admission: { identity } }: ParsedRequest, { request, requestId }: Origin): Sender {
    return { request, requestId, identity };
  }

  async function resolve(request: ParsedRequest, origin: Origin): Promise<ResolvedRequest> {
    const sent = parametersOf(request);
    const isObject = typeof sent === 'object' && sent !== null && !Array.isArray(sent);
    if (!isObject) return { parameters: sent, operation: null, exempt: false };
    const { parameters: resolved, exempt } = await operators.resolve(
      sent as Record<string, unknown>,
      senderOf(request, origin),
    );
    const parameters = knownParameters(resolved);
    return { parameters, operation: queries[request.method].operationOf(parameters), exempt };
  }

  /** Executes a request whose response is neither looked up nor stored. */
  async function serveUncached(
    request: ParsedRequest,
    parameters: unknown,
    operator: boolean,
  ): Promise<ServedResponse> {
    const read = repository.newRead();
    const { principal } = request.admission.identity;
    const response = await execution.execute(executionOf(request, parameters, operator, principal, read));
    const { bytes, status, headers, codes } = response;
    const { entries, until } = read.recording;
    const shown = request.debug ? withDebug(bytes, read.recording, clock.monotonic()) : bytes;
    const { needed, made } = countUpstreamCalls(entries);
    return {
      ...{ status, headers, codes, derived: null, outcome: { kind: 'bypass' } },
      stored: createStoredResponse(request.mediaType, shown, needed),
      dependencies: { entries: entries.map(({ entry }) => entry), until },
      callsAvoided: needed - made,
    };
  }

  function executionOf(
    { method, mediaType, admission: { charge } }: ParsedRequest,
    parameters: unknown,
    operator: boolean,
    viewer: Principal | null,
    read: Read,
  ): ExecutionRequest {
    const fullSchema = operator || operators.showsOperatorFields(parameters);
    return {
      ...{ parameters, method, mediaType, operator, fullSchema, viewer, read },
      charge: read.background ? null : charge,
    };
  }
}

/** The query with the keys of the responses that the identity may read. */
function ownedBy(query: CacheQuery, { key }: Identity): CacheQuery {
  const keys = {} as Record<MediaType, string>;
  for (const [mediaType, shared] of Object.entries(query.keys))
    keys[mediaType as MediaType] = personalKey(shared, key);
  return { ...query, keys };
}

function notCached(): RequestRefused {
  return new RequestRefused(504, 'No stored response (only-if-cached).', {
    code: 'NOT_CACHED',
    headers: { 'Cache-Status': cacheStatus({ kind: 'not-held' }) },
  });
}

function noLive(): RequestRefused {
  return new RequestRefused(400, 'Subscriptions are turned off here. Send a query.');
}

function notAcceptable(): RequestRefused {
  const message =
    'A subscription needs the header Accept: text/event-stream, or a WebSocket with the subprotocol graphql-transport-ws.';
  return new RequestRefused(406, message);
}
