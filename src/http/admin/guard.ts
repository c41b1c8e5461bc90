import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../domain/clock.ts';
import type { HttpEvent } from '../events.ts';
import { checkJsonContent } from '../negotiation/representation.ts';
import { RequestRefused } from '../refusal.ts';
import { POST, type Route } from '../route.ts';

/**
 * How a request carries the admin token: as a bearer token (RFC 6750), or as the password of any user name (RFC 7617).
 * The dialog of a browser sends the latter, and the browser repeats it with each request to that origin.
 */
export type Scheme = 'Bearer' | 'Basic';

/** `none`: the request carries no credentials of the accepted schemes. */
type TokenMatch = 'right' | 'wrong' | 'none';

/** Recognizes operators, and slows down and reports attempts to guess the admin token. */
export interface AdminGuard {
  /** Whether the request carries the admin token by one of the schemes. */
  matchToken(headers: IncomingHttpHeaders, schemes: readonly Scheme[]): TokenMatch;
  /**
   * Counts a wrong token. Resolves when the request may be answered, which may be later.
   * @throws RequestRefused with 429 if too many requests with wrong tokens wait already.
   */
  countWrong(requestId: string): Promise<void>;
  /**
   * Refuses a request without the admin token, after `countWrong` for a wrong one.
   * @throws RequestRefused: 401, or 429.
   */
  refuse(headers: IncomingHttpHeaders, requestId: string, schemes: readonly Scheme[]): Promise<never>;
}

export interface AdminGuardOptions {
  readonly adminToken: string;
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly report: (event: HttpEvent) => void;
}

const WINDOW_MS = 60_000;
const FREE_TRIES = 10;
const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 8000;
const MAX_WAITING = 100;

// More of them make no delay longer.
const REMEMBERED_TRIES = FREE_TRIES + 1 + Math.log2(MAX_DELAY_MS / FIRST_DELAY_MS);

/**
 * After ten wrong tokens within a minute, each further one is answered later: by 250 ms, then twice as long each time, up
 * to 8 s. Wrong tokens of all clients count together, because an attacker can change addresses. A right token never
 * waits, so an attacker that sends many at once learns early which one was right: the length of the token protects it.
 */
export function createAdminGuard({ adminToken, clock, sleep, report }: AdminGuardOptions): AdminGuard {
  const expected = digest(adminToken);
  let wrongAt: readonly number[] = [];
  let waiting = 0;

  return {
    matchToken,
    countWrong,
    async refuse(headers, requestId, schemes) {
      const isWrong = matchToken(headers, schemes) === 'wrong';
      if (isWrong) await countWrong(requestId);
      throw new RequestRefused(401, isWrong ? 'Invalid admin token.' : 'The admin token is required.', {
        code: 'UNAUTHENTICATED',
        headers: { 'WWW-Authenticate': challengeFor(headers, schemes) },
      });
    },
  };

  function matchToken({ authorization }: IncomingHttpHeaders, schemes: readonly Scheme[]): TokenMatch {
    const [, name = '', credentials = ''] = /^(\S+) *(.*)$/.exec(authorization ?? '') ?? [];
    const scheme = schemes.find((each) => each.toLowerCase() === name.toLowerCase());
    if (!scheme) return 'none';
    const token = scheme === 'Basic' ? passwordOf(credentials) : credentials;
    return timingSafeEqual(digest(token), expected) ? 'right' : 'wrong';
  }

  async function countWrong(requestId: string): Promise<void> {
    const delayMs = nextDelayMs();
    const isTooMany = delayMs > 0 && waiting >= MAX_WAITING;
    report({ type: 'admin-refused', requestId, delayMs: isTooMany ? 0 : delayMs });
    if (isTooMany) {
      throw new RequestRefused(429, 'Too many wrong tokens. Try again later.', {
        code: 'UNAUTHENTICATED',
        headers: { 'Retry-After': String(MAX_DELAY_MS / 1000) },
      });
    }
    if (delayMs > 0) await wait(delayMs);
  }

  function nextDelayMs(): number {
    const now = clock.monotonic();
    wrongAt = [...wrongAt.filter((at) => now - at < WINDOW_MS), now].slice(-REMEMBERED_TRIES);
    const over = wrongAt.length - FREE_TRIES;
    return over > 0 ? Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (over - 1)) : 0;
  }

  async function wait(ms: number): Promise<void> {
    waiting += 1;
    try {
      await sleep(ms);
    } finally {
      waiting -= 1;
    }
  }
}

const SCHEMES: readonly Scheme[] = ['Bearer', 'Basic'];

/** The route for operators alone. A POST changes something: it is accepted only from our own pages and from programs. */
export function guardedRoute(route: Route, guard: AdminGuard): Route {
  return {
    ...route,
    async authorize({ request: { headers }, requestId }) {
      if (guard.matchToken(headers, SCHEMES) !== 'right') await guard.refuse(headers, requestId, SCHEMES);
    },
    async serve(exchange) {
      if (route.methods === POST) checkSameOrigin(exchange.request.headers);
      await route.serve(exchange);
    },
  };
}

/**
 * Keeps other sites from using the credentials that an operator's browser holds: they cannot send JSON without a
 * preflight, and browsers tell where a request comes from (https://www.w3.org/TR/fetch-metadata/).
 * @throws RequestRefused with 415 or 403.
 */
function checkSameOrigin(headers: IncomingHttpHeaders): void {
  checkJsonContent(headers);
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') {
    throw new RequestRefused(403, 'Cross-site requests are not allowed.', { code: 'FORBIDDEN' });
  }
}

// A browser answers a Basic challenge with a dialog. A person who opens a page needs it; a script does not.
function challengeFor(headers: IncomingHttpHeaders, schemes: readonly Scheme[]): string {
  const bearer = 'Bearer realm="catalog-gateway"';
  const isForDialog = schemes.includes('Basic') && headers['sec-fetch-dest'] !== 'empty';
  return isForDialog ? `Basic realm="catalog-gateway", charset="UTF-8", ${bearer}` : bearer;
}

function passwordOf(credentials: string): string {
  const pair = Buffer.from(credentials, 'base64').toString();
  // A user name has no colon; a password may have some.
  const colon = pair.indexOf(':');
  return colon < 0 ? '' : pair.slice(colon + 1);
}

// Digests have one length, so that the comparison reveals nothing about a guess.
function digest(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
