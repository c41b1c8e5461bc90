import type { ServerResponse } from 'node:http';
import type { Derived } from '../../cache/index.ts';
import type { Audience } from '../auth/admission.ts';
import type { Exchange } from '../exchange.ts';
import { createCodingNegotiator, isNotModified } from '../negotiation/representation.ts';
import type { CacheOutcome, ServedResponse, StoredResponse, Variant } from './stored-response.ts';
import { surrogateHeaders } from './surrogate-keys.ts';

/**
 * Sends a response in the coding that the client prefers, or 304 if the client has it already. Synchronous, except for a
 * coding that must be made first.
 */
export type ResponseSender = (
  exchange: Exchange,
  served: ServedResponse,
  audience: Audience,
  /** Headers of the admission. */
  admission: Readonly<Record<string, string>>,
) => void | Promise<void>;

// A 304 does not carry these (RFC 9110, 15.4.5).
const CONTENT_HEADERS: ReadonlySet<string> = new Set(['Content-Type', 'Content-Length', 'Content-Encoding']);

export function createResponseSender(
  options: ResponseHeadersOptions & { readonly clock: { monotonic(): number } },
): ResponseSender {
  const headersOf = createResponseHeaders(options);
  const negotiateCoding = createCodingNegotiator();

  return ({ request, response, requestId }, served, audience, admission) => {
    const coding = negotiateCoding(request.headers['accept-encoding'], served.stored.bytes.length);
    const variantOrPromise = served.stored.variant(coding);
    return variantOrPromise instanceof Promise
      ? variantOrPromise.then(sendVariant)
      : sendVariant(variantOrPromise);

    function sendVariant(variant: Variant): void {
      const { stored, derived, outcome, status } = served;
      const list = headersOf(variant, stored, derived, audience, outcome, options.clock.monotonic());
      const headers = [...list, 'X-Request-Id', requestId];
      for (const name in served.headers) headers.push(name, served.headers[name] as string);
      // A refusal by the limit has them itself.
      if (status !== 429) for (const name in admission) headers.push(name, admission[name] as string);
      // A query by POST gets the whole response: 304 is for GET and HEAD (RFC 9110, 13.1.2).
      const isConditional = request.method !== 'POST' && derived !== null;
      if (isConditional && isNotModified(request.headers['if-none-match'], variant.etag)) {
        write(response, 304, withoutContent(headers));
        response.end();
      } else {
        write(response, status, headers);
        response.end(variant.bytes);
      }
    }
  };
}

/** Writes the head, and keeps the headers that another module has set before. */
function write(response: ServerResponse, status: number, headers: HeaderList): void {
  if (response.getHeaderNames().length === 0) {
    response.writeHead(status, headers as string[]);
    return;
  }
  for (let index = 0; index < headers.length; index += 2)
    response.appendHeader(headers[index] as string, headers[index + 1] as string);
  response.writeHead(status);
}

function withoutContent(headers: HeaderList): HeaderList {
  return headers.filter((_, index) => !CONTENT_HEADERS.has(headers[index - (index % 2)] as string));
}

/** Headers as Node writes them: names and values in turn. */
type HeaderList = readonly string[];

export interface ResponseHeadersOptions {
  /** The value of `Vary` of every response. */
  readonly vary: string;
  /** Whether responses carry their tags for CDNs. */
  readonly surrogateKeys: boolean;
}

/** All headers of a response but those of its execution. `derived` is null for one that no cache may store. */
export type ResponseHeaders = (
  variant: Variant,
  stored: StoredResponse,
  derived: Derived<StoredResponse> | null,
  audience: Audience,
  outcome: CacheOutcome,
  now: number,
) => HeaderList;

interface Remembered {
  readonly derived: Derived<StoredResponse>;
  /** The last moment for which it is true, by the monotonic clock. */
  readonly until: number;
  readonly list: HeaderList;
}

export function createResponseHeaders({ vary, surrogateKeys }: ResponseHeadersOptions): ResponseHeaders {
  // They change once or twice a second, and are sent tens of thousands of times.
  const newHits = () => new WeakMap<Variant, Remembered>();
  const hits = { public: newHits(), private: newHits(), viewer: newHits() };

  return (variant, stored, derived, audience, outcome, now) => {
    if (derived === null || outcome.kind !== 'hit' || outcome.tooSoon || outcome.afterFailure)
      return listOf(variant, stored, derived, audience, outcome, now);
    const known = hits[audience].get(variant);
    if (known && known.derived === derived && now <= known.until) return known.list;
    const list = listOf(variant, stored, derived, audience, outcome, now);
    hits[audience].set(variant, { derived, until: trueUntil(derived, now), list });
    return list;
  };

  function listOf(
    { coding, bytes, etag }: Variant,
    { mediaType }: StoredResponse,
    derived: Derived<StoredResponse> | null,
    audience: Audience,
    outcome: CacheOutcome,
    now: number,
  ): HeaderList {
    const list = ['Content-Type', `${mediaType}; charset=utf-8`, 'Content-Length', String(bytes.length)];
    if (coding !== 'identity') list.push('Content-Encoding', coding);
    list.push(
      'Vary',
      vary,
      'X-Content-Type-Options',
      'nosniff',
      'Cache-Status',
      cacheStatus(withTtl(outcome, derived, now)),
    );
    if (derived === null) return [...list, 'Cache-Control', cacheControl(null)];
    const { freshUntil, staleUntil, loadBeganAt, tags } = derived;
    const validity = { audience, freshMs: freshUntil - loadBeganAt, staleMs: staleUntil - loadBeganAt };
    list.push('ETag', etag, 'Cache-Control', cacheControl(validity), 'Age', String(age(now, loadBeganAt)));
    if (surrogateKeys) list.push(...Object.entries(surrogateHeaders(tags)).flat());
    return list;
  }
}

/** No cache in front stores it for longer than `ttl`, nor do we: the other headers are rounded as well. */
function withTtl(outcome: CacheOutcome, derived: Derived<unknown> | null, now: number): CacheOutcome {
  if (outcome.kind !== 'hit' || derived === null) return outcome;
  const { freshUntil, loadBeganAt } = derived;
  const left = Math.floor((freshUntil - loadBeganAt) / 1000) - age(now, loadBeganAt);
  return { ...outcome, ttlSeconds: Math.min((freshUntil - now) / 1000, left) };
}

/** The last moment at which the whole seconds in the headers, of the age and of the time left, equal those of `now`. */
function trueUntil({ freshUntil, loadBeganAt }: Derived<unknown>, now: number): number {
  const left = Math.floor((freshUntil - now) / 1000) * 1000;
  return Math.min(freshUntil - left, loadBeganAt + age(now, loadBeganAt) * 1000);
}

const NAME = 'catalog-gateway';

// The largest integer of a structured field (RFC 9651, 3.3.1).
const MAX_INTEGER = 999_999_999_999_999;

/** The value of Cache-Status (RFC 9211): one member of a list. Its parameters are tokens, integers and true booleans. */
export function cacheStatus(outcome: CacheOutcome): string {
  switch (outcome.kind) {
    case 'hit':
      // The request went past the cache, so this is no hit in the sense of the RFC (2.1).
      if (outcome.afterFailure)
        return `${NAME}; fwd=request; ttl=${integer(outcome.ttlSeconds)}; detail=stale-if-error`;
      return `${NAME}; hit; ttl=${integer(outcome.ttlSeconds)}${outcome.tooSoon ? '; detail=min-interval' : ''}`;
    case 'bypass':
      return `${NAME}; fwd=bypass`;
    case 'not-held':
      // Neither a hit nor forwarded.
      return `${NAME}; detail=only-if-cached`;
    default:
      return `${NAME}; fwd=${outcome.kind}${outcome.stored ? '; stored' : ''}${outcome.collapsed ? '; collapsed' : ''}`;
  }
}

/** Rounded down, so that the time to live is negative from the moment at which a response goes stale. */
function integer(seconds: number): number {
  return Math.max(-MAX_INTEGER, Math.min(MAX_INTEGER, Math.floor(seconds)));
}

/** Who may store a response, and for how long. Both times count from when it was made. */
export interface Validity {
  readonly audience: Audience;
  /** Until it goes stale. */
  readonly freshMs: number;
  /** Until it may no longer be served, even during a refresh or after one that failed. */
  readonly staleMs: number;
}

/**
 * The value of Cache-Control. It stays the same as long as the response lives, because `Age` is the elapsed part of
 * max-age (RFC 9111, 4.2). A response that may be served stale may be so during a refresh and after one that failed
 * (RFC 5861). Null is for a response that no cache may store.
 */
export function cacheControl(validity: Validity | null): string {
  if (validity === null) return 'no-store';
  // A browser may have another user when it has the next request, and some ignore `Vary: Cookie`.
  if (validity.audience === 'viewer') return 'private, no-cache';
  const maxAge = wholeSeconds(validity.freshMs);
  const stale = wholeSeconds(validity.staleMs) - maxAge;
  const lifetime = `${validity.audience}, max-age=${maxAge}`;
  return stale > 0 ? `${lifetime}, stale-while-revalidate=${stale}, stale-if-error=${stale}` : lifetime;
}

/**
 * The value of Age: seconds since a response was made, 0 if the clock of its maker is ahead of ours. Rounded up, as
 * max-age is rounded down, so that no cache stores a response for longer than we do.
 */
export function age(nowMs: number, madeAtMs: number): number {
  return Math.max(0, Math.ceil((nowMs - madeAtMs) / 1000));
}

function wholeSeconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000));
}
