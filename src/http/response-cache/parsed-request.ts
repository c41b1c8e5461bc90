import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Admission } from '../auth/admission.ts';
import { checkJsonContent, type MediaType } from '../negotiation/representation.ts';
import { methodNotAllowed } from '../refusal.ts';

/** A GraphQL request whose head and body were read, before its document is looked at. */
export interface ParsedRequest {
  readonly method: 'GET' | 'POST';
  /** The query of a GET's URL; the body of a POST, one character per byte, so that different bodies differ as texts. */
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
  readonly mediaType: MediaType;
  readonly directives: RequestDirectives;
  readonly admission: Admission;
  /** Whether the client asks which entries the response depends on. */
  readonly debug: boolean;
}

/**
 * The method of a GraphQL request.
 * @throws RequestRefused for another method, and for a POST without JSON.
 */
export function methodOf({ method, headers }: IncomingMessage): ParsedRequest['method'] {
  // Node sends only the head of a response to HEAD.
  if (method === 'GET' || method === 'HEAD') return 'GET';
  if (method !== 'POST') throw methodNotAllowed(['GET', 'POST'], 'GraphQL');
  checkJsonContent(headers);
  return method;
}

/** Whether the client asks which entries the response depends on. */
export function asksDebug(headers: IncomingHttpHeaders): boolean {
  return headers['x-cache-debug'] === '1';
}

/** The cache directives of a request (RFC 9111, 5.2.1). */
export interface RequestDirectives {
  readonly noCache: boolean;
  readonly noStore: boolean;
  readonly onlyIfCached: boolean;
  /** The oldest response that the client accepts, in seconds from 0 to 2^31; null without a limit. */
  readonly maxAgeSeconds: number | null;
}

const NONE: RequestDirectives = Object.freeze({
  noCache: false,
  noStore: false,
  onlyIfCached: false,
  maxAgeSeconds: null,
});
const NO_CACHE: RequestDirectives = Object.freeze({ ...NONE, noCache: true });

// A larger number counts as this one (RFC 9111, 1.2.2).
const MAX_SECONDS = 2 ** 31;
const DELTA_SECONDS = /^("?)(\d+)\1$/;

/**
 * Reads `Cache-Control`, or `Pragma: no-cache` without it (RFC 9111, 5.4). If a directive occurs twice the stricter
 * counts. A max-age that is not a number counts as 0. Unknown directives are ignored.
 */
export function readDirectives(headers: IncomingHttpHeaders): RequestDirectives {
  const cacheControl = headers['cache-control'];
  if (cacheControl !== undefined) return membersOf(cacheControl).reduce(withMember, NONE);
  if (headers.pragma === undefined) return NONE;
  return membersOf(headers.pragma).some((member) => member.trim().toLowerCase() === 'no-cache')
    ? NO_CACHE
    : NONE;
}

function withMember(directives: RequestDirectives, member: string): RequestDirectives {
  const equals = member.indexOf('=');
  const name = (equals < 0 ? member : member.slice(0, equals)).trim().toLowerCase();
  switch (name) {
    case 'no-cache':
      return { ...directives, noCache: true };
    case 'no-store':
      return { ...directives, noStore: true };
    case 'only-if-cached':
      return { ...directives, onlyIfCached: true };
    case 'max-age': {
      const asked = equals < 0 ? 0 : secondsOf(member.slice(equals + 1).trim());
      return { ...directives, maxAgeSeconds: Math.min(asked, directives.maxAgeSeconds ?? MAX_SECONDS) };
    }
    default:
      return directives;
  }
}

/** The oldest response that the request accepts, in milliseconds. */
export function maxAgeOf({ noCache, maxAgeSeconds }: RequestDirectives): number {
  if (noCache) return -1;
  return maxAgeSeconds === null ? Number.POSITIVE_INFINITY : maxAgeSeconds * 1000;
}

/** Accepts the quoted form too (RFC 9111, 5.2). */
function secondsOf(argument: string): number {
  return Number(DELTA_SECONDS.exec(argument)?.[2] ?? 0);
}

/** The members of a list, split at the commas outside quoted strings, in time linear in its length. */
function membersOf(list: string): string[] {
  const members: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < list.length; at += 1) {
    const character = list[at];
    if (quoted && character === '\\') at += 1;
    else if (character === '"') quoted = !quoted;
    else if (character === ',' && !quoted) {
      members.push(list.slice(start, at));
      start = at + 1;
    }
  }
  members.push(list.slice(start));
  return members;
}
