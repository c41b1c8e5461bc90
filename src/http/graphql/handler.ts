import { hash } from 'node:crypto';
import { printSchema } from 'graphql';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Principal } from '../../domain/principal.ts';
import type { Read } from '../../repository/index.ts';
import { personalKey } from '../../repository/keys.ts';
import { countUpstreamCalls } from '../../repository/upstream-calls.ts';
import { publicSchema } from '../../schema/index.ts';
import type { AdminGuard } from '../admin/guard.ts';
import type { Admit } from '../auth/admission.ts';
import type { Identity } from '../auth/identity.ts';
import type { Exchange } from '../exchange.ts';
import { type MediaType, negotiateMediaType, rememberHeaders } from '../negotiation/representation.ts';
import { RequestRefused } from '../refusal.ts';
import { type CacheQuery, createCacheQueries } from '../response-cache/cache-query.ts';
import { withDebug } from '../response-cache/debug.ts';
import { asksDebug, methodOf, type ParsedRequest, readDirectives } from '../response-cache/parsed-request.ts';
import { createResponseCache, type ResponseCacheOptions } from '../response-cache/response-cache.ts';
import { cacheStatus, createResponseSender } from '../response-cache/response-headers.ts';
import { createStoredResponse, type ServedResponse } from '../response-cache/stored-response.ts';
import { type GraphqlResponse, sendError } from '../responses.ts';
import { createExecution, type ExecutionOptions, type ExecutionRequest } from './execution/execution.ts';
import { createKnownDocuments } from './known-documents.ts';
import { createOperatorRequests, type Sender } from './operator-requests.ts';
import { knownParameters, parametersOf } from './parameters.ts';
import type { PersistedDocuments } from './persisted/documents.ts';

export interface GraphqlOptions extends ExecutionOptions, Omit<ResponseCacheOptions, 'execute'> {
  readonly persisted: PersistedDocuments;
  /** Recognizes operators; null without an admin token. */
  readonly guard: AdminGuard | null;
  /**
   * What responses depend on beside their entries, the schema and the limits: gateways that differ in it share no
   * stored response. Default: nothing.
   */
  readonly responsesDependOn?: readonly unknown[];
  readonly admit: Admit;
  /** The address of a client, which may be behind proxies. */
  readonly addressOf: (request: Exchange['request']) => string;
  /** The headers with the credentials of requests: responses vary by them. */
  readonly credentialHeaders: readonly string[];
  /** The stored responses that show who asks, in memory alone. */
  readonly personalStore: ResponseCacheOptions['store'];
  /** Whether the session of a principal was signed out while a request of it was executed. */
  readonly hasEnded: (principal: Principal) => boolean;
  /** Whether responses carry their tags for CDNs. */
  readonly surrogateKeys: boolean;
  /** Whether clients may ask which entries a response depends on. */
  readonly cacheDebug: boolean;
}

/** Serves one request, and records its outcome in the exchange. */
export type GraphqlHandler = (exchange: Exchange) => Promise<void>;

// Operations have a few kilobytes. A larger body is a mistake or an attack.
const BODY_LIMIT_BYTES = 100 * 1024;

// Refusals that well-behaved clients expect: they send the text then, or do without.
const EXPECTED: ReadonlySet<ErrorCode> = new Set(['PERSISTED_QUERY_NOT_FOUND', 'NOT_CACHED']);

/** GraphQL over HTTP (https://graphql.github.io/graphql-over-http/), with the response cache in front. */
export function createGraphql(options: GraphqlOptions): GraphqlHandler {
  const { repository, limits, guard, persisted, admit, addressOf, cacheDebug, clock } = options;
  const executeRequest = createExecution(options);
  const operators = createOperatorRequests({ guard, persisted, maxTokens: limits.tokens });
  const shared = createResponseCache({
    ...options,
    execute: ({ parameters }, request, read) => execute(request, parameters, false, null, read),
  });
  const personal = createResponseCache({
    ...options,
    store: options.personalStore,
    async execute({ parameters }, request, read) {
      const { principal } = request.admission.identity;
      if (principal) read.expireAt(new Date(principal.expiresAt));
      const response = await execute(request, parameters, false, principal, read);
      // The stored responses of the session are dropped already.
      if (principal && options.hasEnded(principal)) read.markUncacheable();
      return response;
    },
  });
  const vary = ['Accept', 'Accept-Encoding', ...options.credentialHeaders].join(', ');
  const send = createResponseSender({ ...options, vary });
  const mediaTypeOf = rememberHeaders((accept) => negotiateMediaType({ accept }));
  const dependencies = JSON.stringify([printSchema(publicSchema), limits, options.responsesDependOn]);
  const byText = {
    documentOf: createKnownDocuments(limits.tokens),
    dependencies: hash('sha256', dependencies, 'base64url'),
  };
  const queries = { GET: createCacheQueries(byText), POST: createCacheQueries(byText) };

  return async (exchange) => {
    const { request, response, requestId } = exchange;
    const { headers } = request;
    const mediaType = mediaTypeOf(headers.accept);
    exchange.outcome = 'failed';
    try {
      const admitted = admit(exchange);
      const admission = admitted instanceof Promise ? await admitted : admitted;
      const method = methodOf(request);
      const text =
        method === 'GET'
          ? exchange.query
          : (await exchange.bodies.read(exchange, BODY_LIMIT_BYTES)).toString('latin1');
      const parsed: ParsedRequest = {
        method,
        text,
        headers,
        mediaType,
        directives: readDirectives(headers),
        admission,
        debug: cacheDebug && asksDebug(headers),
      };
      const served = fromMemory(parsed, exchange) ?? (await find(parsed, exchange));
      note(exchange, served);
      const showsViewer = admission.identity.principal && queries[method].known(text)?.isPersonal;
      const audience = showsViewer ? 'viewer' : admission.audience;
      const sending = send(exchange, served, audience, admission.headers);
      if (sending) await sending;
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      if (EXPECTED.has(error.code)) exchange.outcome = 'bypass';
      exchange.codes = [error.code];
      response.setHeader('X-Request-Id', requestId);
      response.appendHeader('Vary', vary);
      sendError(response, error.status, error.code, error.message, {
        'Content-Type': `${mediaType}; charset=utf-8`,
        ...error.headers,
      });
    }
  };

  /** The most frequent case, without any waiting: a request that came before, and a response in memory. */
  function fromMemory(request: ParsedRequest, exchange: Exchange): ServedResponse | undefined {
    if (request.debug) return undefined;
    const query = queries[request.method].known(request.text);
    const { identity } = request.admission;
    if (!query || operators.mayDepend({ request: exchange.request, identity }, query.parameters))
      return undefined;
    exchange.operation = query.operation;
    return query.isPersonal ? personal.peek(ownedBy(query, identity), request) : shared.peek(query, request);
  }

  async function find(request: ParsedRequest, exchange: Exchange): Promise<ServedResponse> {
    const { method, text, directives, debug } = request;
    const { identity } = request.admission;
    const sender = { request: exchange.request, requestId: exchange.requestId, identity };
    const known = queries[method].known(text);
    const { parameters, exempt } = known ? { ...known, exempt: false } : await resolve(request, sender);
    const operator = exempt || (await operators.isOperators(parameters, sender));
    const isCached = !operator && !debug;
    const query = isCached ? (known ?? queries[method].of(text, parameters)) : null;
    exchange.operation = query ? query.operation : queries[method].operationOf(parameters);
    const served = await (query
      ? query.isPersonal
        ? personal.find(ownedBy(query, identity), request)
        : shared.find(query, request)
      : !directives.onlyIfCached && serveUncached(request, parameters, operator));
    if (served && served.codes.length === 0) persisted.register(parameters, addressOf(exchange.request));
    if (served) return served;
    throw new RequestRefused(504, 'No stored response (only-if-cached).', {
      code: 'NOT_CACHED',
      headers: { 'Cache-Status': cacheStatus({ kind: 'not-held' }) },
    });
  }

  /** Executes a request whose response is neither looked up nor stored. */
  async function serveUncached(
    request: ParsedRequest,
    parameters: unknown,
    operator: boolean,
  ): Promise<ServedResponse> {
    const read = repository.newRead();
    const { text, status, headers, codes } = await execute(
      request,
      parameters,
      operator,
      request.admission.identity.principal,
      read,
    );
    const shown = request.debug ? withDebug(text, read.recording, clock.monotonic()) : text;
    const { needed, made } = countUpstreamCalls(read.recording.entries);
    const stored = createStoredResponse(request.mediaType, Buffer.from(shown), needed);
    const outcome = { kind: 'bypass' } as const;
    return { status, stored, derived: null, outcome, headers, codes, callsAvoided: needed - made };
  }

  function note(exchange: Exchange, { outcome, derived, codes, callsAvoided }: ServedResponse): void {
    exchange.callsAvoided = callsAvoided;
    exchange.codes = codes;
    if (outcome.kind === 'hit') {
      exchange.outcome = outcome.ttlSeconds > 0 ? 'hit' : 'stale';
      if (outcome.ttlSeconds < 0) exchange.staleMs = Math.round(-1000 * outcome.ttlSeconds);
      return;
    }
    if (codes.length === 0) exchange.outcome = outcome.kind === 'bypass' ? 'bypass' : 'miss';
    // Stale entries may have gone into it.
    if (derived) exchange.staleMs = Math.max(0, clock.monotonic() - derived.freshUntil);
  }

  /** The parameters with the text of the document. */
  async function resolve(request: ParsedRequest, sender: Sender) {
    const parameters = parametersOf(request);
    const isObject = typeof parameters === 'object' && parameters !== null && !Array.isArray(parameters);
    if (!isObject) return { parameters, exempt: false };
    const { parameters: resolved, exempt } = await operators.resolve(
      parameters as Record<string, unknown>,
      sender,
    );
    return { parameters: knownParameters(resolved), exempt };
  }

  function execute(
    { method, mediaType, admission: { charge } }: ParsedRequest,
    parameters: unknown,
    operator: boolean,
    viewer: Principal | null,
    read: Read,
  ): Promise<GraphqlResponse> {
    const fullSchema = operator || operators.showsOperatorFields(parameters);
    const request: ExecutionRequest = {
      ...{ parameters, method, mediaType, operator, fullSchema, viewer, read },
      charge: read.background ? null : charge,
    };
    return executeRequest(request);
  }
}

/** The query with the keys of the responses that the identity may read. */
function ownedBy(query: CacheQuery, { key }: Identity): CacheQuery {
  const keys = {} as Record<MediaType, string>;
  for (const [mediaType, shared] of Object.entries(query.keys))
    keys[mediaType as MediaType] = personalKey(shared, key);
  return { ...query, keys };
}
