import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { createAttemptDelays, MAX_DELAY_MS } from '../../auth/attempt-delays.ts';
import { createLimiter } from '../../auth/limiter.ts';
import type { Identify } from '../auth/identity.ts';
import { isOwnRequest } from '../auth/same-origin.ts';
import type { HttpEvent } from '../events.ts';
import { checkJsonContent } from '../negotiation/representation.ts';
import { crossSite, RequestRefused } from '../refusal.ts';
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
  /** The operator who sends the request, by the admin token or as a user who signed in; null for anybody else. */
  operatorOf(request: IncomingMessage, schemes: readonly Scheme[]): Promise<Operator | null>;
  /** Whether the request carries the admin token by one of the schemes. */
  matchToken(headers: IncomingHttpHeaders, schemes: readonly Scheme[]): TokenMatch;
  /**
   * Whether the request carries the admin token as a bearer token.
   * @throws RequestRefused for a wrong one: 401, or 429.
   */
  hasToken(request: IncomingMessage, requestId: string): Promise<boolean>;
  /**
   * Counts a wrong token. Resolves when the request may be answered, which may be later.
   * @throws RequestRefused with 429 if too many requests with wrong tokens wait already.
   */
  countWrong(requestId: string): Promise<void>;
  /**
   * Reports what an operator is about to do.
   */
  noteEffect(operator: Operator, effect: string, requestId: string): void;
  /**
   * Refuses a request without the admin token, after `countWrong` for a wrong one.
   * @throws RequestRefused: 401, or 429.
   */
  refuse(headers: IncomingHttpHeaders, requestId: string, schemes: readonly Scheme[]): Promise<never>;
}

/** An operator, by the name that log lines show. */
interface Operator {
  readonly name: string;
}

export interface AdminGuardOptions {
  /** Null if users alone are operators. */
  readonly adminToken: string | null;
  /** Null if the admin token alone makes an operator. */
  readonly identify: Identify | null;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly report: (event: HttpEvent) => void;
}

const WINDOW_MS = 60_000;
const FREE_TRIES = 10;

/**
 * After ten wrong tokens within a minute, each further one is answered later: by 250 ms, then twice as long each time, up
 * to 8 s. The minute begins with the first wrong token. Wrong tokens of all clients count together, because an attacker can
 * change addresses. A right token never waits, so an attacker that sends many at once learns early which one was right: the
 * length of the token protects it.
 */
export function createAdminGuard({ adminToken, identify, sleep, report }: AdminGuardOptions): AdminGuard {
  const expected = adminToken === null ? null : digest(adminToken);
  const wrongTokens = createLimiter({
    ...{ points: FREE_TRIES, windowMs: WINDOW_MS, keyPrefix: 'admin' },
    ...{ redis: null, budgetMs: 0 },
  });
  const delays = createAttemptDelays(FREE_TRIES, sleep);

  return {
    async operatorOf(request, schemes) {
      if (matchToken(request.headers, schemes) === 'right') return TOKEN_OWNER;
      // It identifies somebody else than a cookie beside it, and a guess is counted.
      if (matchToken(request.headers, BEARER) !== 'none') return null;
      const identity = await identify?.(request);
      // Pages of CORS_ORIGINS may use the session of a user, but not the rights of an operator.
      return identity?.isOperator && identity.principal && isOwnRequest(request) ? identity.principal : null;
    },
    matchToken,
    async hasToken({ headers }, requestId) {
      const match = matchToken(headers, BEARER);
      if (match === 'wrong') await refuse(headers, requestId, BEARER);
      return match === 'right';
    },
    countWrong,
    noteEffect: ({ name }, effect, requestId) =>
      report({ type: 'operator-acted', operator: name, effect, requestId }),
    refuse,
  };

  async function refuse(
    headers: IncomingHttpHeaders,
    requestId: string,
    schemes: readonly Scheme[],
  ): Promise<never> {
    const isWrong = matchToken(headers, schemes) === 'wrong';
    if (isWrong) await countWrong(requestId);
    // Without an admin token, a dialog would accept no password.
    const [message, accepted] =
      expected === null ? ['Sign in as an operator.', BEARER] : [isWrong ? WRONG : MISSING, schemes];
    throw new RequestRefused(401, message, {
      code: 'UNAUTHENTICATED',
      headers: { 'WWW-Authenticate': challengeFor(headers, accepted) },
    });
  }

  function matchToken({ authorization }: IncomingHttpHeaders, schemes: readonly Scheme[]): TokenMatch {
    const [, name = '', credentials = ''] = /^(\S+) *(.*)$/.exec(authorization ?? '') ?? [];
    const scheme = schemes.find((each) => each.toLowerCase() === name.toLowerCase());
    if (!scheme) return 'none';
    const token = scheme === 'Basic' ? passwordOf(credentials) : credentials;
    return expected && timingSafeEqual(digest(token), expected) ? 'right' : 'wrong';
  }

  async function countWrong(requestId: string): Promise<void> {
    const { consumed } = await wrongTokens.add('wrong', 1);
    const delayMs = delays.delayOf(consumed);
    report({ type: 'admin-refused', requestId, delayMs: delayMs ?? 0 });
    if (delayMs === null) {
      throw new RequestRefused(429, 'Too many wrong tokens. Try again later.', {
        code: 'UNAUTHENTICATED',
        headers: { 'Retry-After': String(MAX_DELAY_MS / 1000) },
      });
    }
    await delays.wait(delayMs);
  }
}

const WRONG = 'Invalid admin token.';
const MISSING = 'The admin token is required.';

const TOKEN_OWNER: Operator = { name: 'owner of ADMIN_TOKEN' };

const BEARER: readonly Scheme[] = ['Bearer'];
const SCHEMES: readonly Scheme[] = ['Bearer', 'Basic'];

/**
 * The route for operators alone. A POST changes something: it is accepted only from our own pages and from programs, and
 * reported with the name of the operator.
 */
export function guardedRoute(route: Route, guard: AdminGuard): Route {
  const operators = new WeakMap<object, Operator>();
  return {
    ...route,
    async authorize(exchange) {
      const { request, requestId } = exchange;
      const operator = await guard.operatorOf(request, SCHEMES);
      if (!operator) return guard.refuse(request.headers, requestId, SCHEMES);
      operators.set(exchange, operator);
    },
    async serve(exchange) {
      if (route.methods === POST) {
        checkSameOrigin(exchange.request.headers);
        guard.noteEffect(operators.get(exchange) ?? TOKEN_OWNER, route.path, exchange.requestId);
      }
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
    throw crossSite();
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
