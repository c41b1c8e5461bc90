import type { Clock } from '../../domain/clock.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Admit } from '../auth/admission.ts';
import { createBodyTexts } from '../body-texts.ts';
import type { Exchange } from '../exchange.ts';
import { negotiateMediaType, rememberHeaders } from '../negotiation/representation.ts';
import { RequestRefused } from '../refusal.ts';
import { asksDebug, methodOf, type ParsedRequest, readDirectives } from '../response-cache/parsed-request.ts';
import { createResponseSender } from '../response-cache/response-headers.ts';
import type { ServedResponse } from '../response-cache/stored-response.ts';
import { sendError } from '../responses.ts';
import type { Answer, Answers } from './answers.ts';
import type { Streams } from './streams.ts';

export interface GraphqlOptions {
  readonly answers: Answers;
  readonly admit: Admit;
  /** Answers with event streams; null without live responses. */
  readonly streams: Streams | null;
  /** The value of `Vary` of every response. */
  readonly vary: string;
  /** Whether responses carry their tags for CDNs. */
  readonly surrogateKeys: boolean;
  /** Whether clients may ask which entries a response depends on. */
  readonly cacheDebug: boolean;
  readonly clock: Clock;
}

/** Serves one request, and records its outcome in the exchange. */
export type GraphqlHandler = (exchange: Exchange) => Promise<void>;

// Operations have a few kilobytes. A larger body is a mistake or an attack.
export const BODY_LIMIT_BYTES = 100 * 1024;

// Refusals that well-behaved clients expect: they send the text then, or do without.
const EXPECTED: ReadonlySet<ErrorCode> = new Set(['PERSISTED_QUERY_NOT_FOUND', 'NOT_CACHED']);

/** GraphQL over HTTP (https://graphql.github.io/graphql-over-http/), with the response cache in front. */
export function createGraphql(options: GraphqlOptions): GraphqlHandler {
  const { answers, admit, streams, vary, cacheDebug, clock } = options;
  const send = createResponseSender(options);
  const textOf = createBodyTexts();
  const mediaTypeOf = rememberHeaders((accept) => negotiateMediaType({ accept }));

  return async (exchange) => {
    const { request, response, requestId } = exchange;
    const { headers } = request;
    const mediaType = mediaTypeOf(headers.accept);
    exchange.outcome = 'failed';
    let parsed: ParsedRequest | undefined;
    try {
      const admitted = admit(exchange);
      const admission = admitted instanceof Promise ? await admitted : admitted;
      const method = methodOf(request);
      const body = method === 'GET' ? null : exchange.bodies.read(exchange, BODY_LIMIT_BYTES);
      const text = body ? textOf(body instanceof Promise ? await body : body) : exchange.query;
      parsed = {
        method,
        text,
        headers,
        mediaType,
        directives: readDirectives(headers),
        admission,
        debug: cacheDebug && asksDebug(headers),
      };
      const found = answers.peek(parsed, exchange) ?? (await findOrStream(parsed, exchange));
      if (found === 'streamed') return;
      const { served, operation, isPersonal } = found;
      exchange.operation = operation;
      note(exchange, served);
      const audience = admission.identity.principal && isPersonal ? 'viewer' : admission.audience;
      // Clients of event streams try again after any other status, but not after errors in a stream.
      const isStream = served.status <= 400 && streams?.preferenceOf(headers) === 'only';
      const sending = isStream
        ? streams.sendOnce(exchange, served)
        : send(exchange, served, audience, admission.headers);
      if (sending) await sending;
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      if (EXPECTED.has(error.code)) exchange.outcome = 'bypass';
      if (parsed) exchange.operation = answers.knownOperation(parsed);
      exchange.codes = [error.code];
      response.setHeader('X-Request-Id', requestId);
      response.appendHeader('Vary', vary);
      sendError(response, error.status, error.code, error.message, {
        'Content-Type': `${mediaType}; charset=utf-8`,
        ...error.headers,
      });
    }
  };

  async function findOrStream(request: ParsedRequest, exchange: Exchange): Promise<Answer | 'streamed'> {
    if (!streams || streams.preferenceOf(request.headers) === 'no') return answers.find(request, exchange);
    const opened = await streams.open(request, exchange);
    if (opened === 'opened') return 'streamed';
    return opened ? { served: opened, operation: null, isPersonal: false } : answers.find(request, exchange);
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
}
