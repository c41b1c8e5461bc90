import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { printSchema } from 'graphql';
import type { Read } from '../../repository/index.ts';
import { countUpstreamCalls } from '../../repository/upstream-calls.ts';
import { publicSchema } from '../../schema/index.ts';
import type { AdminGuard } from '../admin/guard.ts';
import type { Exchange } from '../exchange.ts';
import { type MediaType, negotiateMediaType } from '../negotiation/accept.ts';
import { rememberHeaders } from '../negotiation/header-memo.ts';
import { type RefusalCode, RequestRefused } from '../refusal.ts';
import { type Audience, audienceOf, CREDENTIAL_HEADERS } from '../response-cache/audience.ts';
import { createIdentities, type Identity } from '../response-cache/cache-query.ts';
import { cacheStatus } from '../response-cache/cache-status.ts';
import { asksDebug, withDebug } from '../response-cache/debug.ts';
import { readDirectives } from '../response-cache/parsed-request.ts';
import {
  createResponseCache,
  type ResponseCacheOptions,
  type Served,
  type Wanted,
} from '../response-cache/response-cache.ts';
import { createAnswerSender } from '../response-cache/response-sender.ts';
import { createStoredAnswer } from '../response-cache/stored-response.ts';
import { sendError } from '../responses.ts';
import { createExecution, type ExecutionOptions, type Given } from './execution/execution.ts';
import { createKnownDocuments } from './known-documents.ts';
import { createOperatorRequests, type Sender } from './operator-requests.ts';
import { knownParameters, methodOf, parametersOf, type RequestText } from './parameters.ts';
import type { PersistedDocuments } from './persisted/documents.ts';

export interface GraphqlOptions extends ExecutionOptions, ResponseCacheOptions {
  readonly persisted: PersistedDocuments;
  /** Knows operators; null where there are no operations over HTTP. */
  readonly guard: AdminGuard | null;
  /**
   * What whole answers depend on beside their entries, the schema and the limits: gateways that differ in it share
   * none. Default: nothing.
   */
  readonly answersDependOn?: readonly unknown[];
  /** Whether answers are the same for everyone, whatever credentials a request carries. */
  readonly sharedAnswers: boolean;
  /** Whether CDNs are told the tags of answers. */
  readonly surrogateKeys: boolean;
  /** Whether clients may ask what an answer is made of. */
  readonly cacheDebug: boolean;
}

/** What is known of a request before its document is looked at. */
interface Asked extends RequestText {
  readonly headers: IncomingHttpHeaders;
  readonly mediaType: MediaType;
  readonly audience: Audience;
  /** Whether it asks what its answer is made of. */
  readonly debug: boolean;
}

/** Serves one request, and notes what became of it. */
export type GraphqlHandler = (exchange: Exchange) => Promise<void>;

export const GRAPHQL_PATH = '/graphql';

// Operations are a few kilobytes; whoever sends more has made a mistake or means harm.
const BODY_LIMIT_BYTES = 100 * 1024;

// Refusals that a client which is in order asks for: it sends the text then, or does without.
const EXPECTED: ReadonlySet<RefusalCode> = new Set(['PERSISTED_QUERY_NOT_FOUND', 'NOT_CACHED']);

/** GraphQL over HTTP, by https://graphql.github.io/graphql-over-http/, from the response cache where that has it. */
export function createGraphql(options: GraphqlOptions): GraphqlHandler {
  const { repository, limits, guard, persisted, sharedAnswers, cacheDebug, clock } = options;
  const execute = createExecution(options);
  const operators = createOperatorRequests({ guard, persisted, maxTokens: limits.tokens });
  const cache = createResponseCache(options);
  const vary = ['Accept', 'Accept-Encoding', ...(sharedAnswers ? [] : CREDENTIAL_HEADERS)].join(', ');
  const send = createAnswerSender({ ...options, vary });
  const mediaTypeOf = rememberHeaders((accept) => negotiateMediaType({ accept }));
  const dependencies = JSON.stringify([printSchema(publicSchema), limits, options.answersDependOn]);
  const byText = {
    documentOf: createKnownDocuments(limits.tokens),
    dependencies: hash('sha256', dependencies, 'base64url'),
  };
  const identities = { GET: createIdentities(byText), POST: createIdentities(byText) };

  return async (exchange) => {
    const { request, response, requestId } = exchange;
    const { headers } = request;
    const mediaType = mediaTypeOf(headers.accept);
    exchange.outcome = 'failed';
    try {
      const method = methodOf(request);
      const asked: Asked = {
        method,
        text:
          method === 'GET'
            ? exchange.query
            : (await exchange.bodies.read(exchange, BODY_LIMIT_BYTES)).toString('latin1'),
        headers,
        mediaType,
        audience: audienceOf(headers, sharedAnswers),
        debug: cacheDebug && asksDebug(headers),
      };
      const served = held(asked, exchange) ?? (await make(asked, exchange));
      note(exchange, served);
      const sending = send(exchange, served, asked.audience);
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

  /** The commonest of answers, for which nothing is waited: a request that came before, and an answer in memory. */
  function held(asked: Asked, exchange: Exchange): Served | undefined {
    if (asked.debug) return undefined;
    const identity = identities[asked.method].known(asked.text);
    if (!identity || operators.mayDepend(asked.headers, identity.parameters)) return undefined;
    exchange.operation = identity.operation;
    return cache.held(wantedOf(asked, identity));
  }

  async function make(asked: Asked, exchange: Exchange): Promise<Served> {
    const { method, text, headers, debug } = asked;
    const sender = { headers, requestId: exchange.requestId };
    const known = identities[method].known(text);
    const { parameters, exempt } = known ? { ...known, exempt: false } : await identify(asked, sender);
    const operator = exempt || (await operators.isOperators(parameters, sender));
    const isCached = !operator && !debug;
    const identity = isCached ? (known ?? identities[method].of(text, parameters)) : null;
    exchange.operation = identity ? identity.operation : identities[method].operationOf(parameters);
    const isAnew = !identity && !readDirectives(headers).onlyIfCached;
    const served = isAnew
      ? await serveAnew(asked, parameters, operator)
      : identity && (await cache.find(wantedOf(asked, identity)));
    if (served?.codes.length === 0)
      persisted.register(parameters, exchange.request.socket.remoteAddress ?? '');
    if (served) return served;
    throw new RequestRefused(504, 'No stored response (only-if-cached).', {
      code: 'NOT_CACHED',
      headers: { 'Cache-Status': cacheStatus({ kind: 'not-held' }) },
    });
  }

  function wantedOf(asked: Asked, { keys, parameters }: Identity): Wanted {
    const { mediaType, headers } = asked;
    return {
      key: keys[mediaType],
      directives: readDirectives(headers),
      mediaType,
      execute: (read) => execute(given(asked, parameters, false, read)),
    };
  }

  /** Serves what the cache has no part in. */
  async function serveAnew(asked: Asked, parameters: unknown, operator: boolean): Promise<Served> {
    const { debug, mediaType } = asked;
    const read = repository.newRead();
    const executed = await execute(given(asked, parameters, operator, read));
    const { text, status, headers, codes } = executed;
    const shown = debug ? withDebug(text, read.recording, clock.monotonic()) : text;
    const { needed, made } = countUpstreamCalls(read.recording.entries);
    const answer = createStoredAnswer(mediaType, Buffer.from(shown), needed);
    const outcome = { kind: 'bypass' } as const;
    return { status, answer, derived: null, outcome, headers, codes, callsAvoided: needed - made };
  }

  function note(exchange: Exchange, { outcome, derived, codes, callsAvoided }: Served): void {
    exchange.callsAvoided = callsAvoided;
    exchange.codes = codes;
    if (outcome.kind === 'hit') {
      exchange.outcome = outcome.ttlSeconds > 0 ? 'hit' : 'stale';
      if (outcome.ttlSeconds < 0) exchange.staleMs = Math.round(-1000 * outcome.ttlSeconds);
      return;
    }
    if (codes.length === 0) exchange.outcome = outcome.kind === 'bypass' ? 'bypass' : 'miss';
    // It may have been made of what was stale.
    if (derived) exchange.staleMs = Math.max(0, clock.monotonic() - derived.freshUntil);
  }

  /** The parameters with the text of the document. */
  async function identify(asked: Asked, sender: Sender) {
    const parameters = parametersOf(asked);
    const isObject = typeof parameters === 'object' && parameters !== null && !Array.isArray(parameters);
    if (!isObject) return { parameters, exempt: false };
    const { parameters: resolved, exempt } = await operators.resolve(
      parameters as Record<string, unknown>,
      sender,
    );
    return { parameters: knownParameters(resolved), exempt };
  }

  function given({ method, mediaType }: Asked, parameters: unknown, operator: boolean, read: Read): Given {
    const fullSchema = operator || operators.showsOperatorFields(parameters);
    return { parameters, method, mediaType, operator, fullSchema, read };
  }
}
