import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../domain/clock.ts';
import type { HttpEvent } from '../events.ts';
import { RequestRefused } from '../refusal.ts';
import { createTokenCheck, type Scheme, type Verdict } from './token.ts';

/** Knows operators, and makes it seen where somebody tries one token after the other. */
export interface AdminGuard {
  /** Whether the request carries the admin token by one of the schemes. */
  judge(headers: IncomingHttpHeaders, schemes: readonly Scheme[]): Verdict;
  /**
   * Counts a wrong token. Resolves when the request may be answered, which is maybe later than now.
   * @throws RequestRefused with 429 where too many that were wrong are waiting for that.
   */
  countWrong(requestId: string): Promise<void>;
  /**
   * Refuses a request that is not an operator's, a wrong token by `countWrong`.
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
const LONGEST_DELAY_MS = 8000;
const MOST_WAITING = 100;

// More than these make no delay longer.
const REMEMBERED_TRIES = FREE_TRIES + 1 + Math.log2(LONGEST_DELAY_MS / FIRST_DELAY_MS);

/**
 * After ten wrong tokens within a minute, each further one is answered later: by 250 ms, then twice as long each time, up
 * to 8 s. They are counted together, whoever sends them: an address can be changed. A right token never waits, so who
 * sends many at once need not wait to see which was right: it is the token's length that keeps it from being guessed.
 */
export function createAdminGuard({ adminToken, clock, sleep, report }: AdminGuardOptions): AdminGuard {
  const check = createTokenCheck(adminToken);
  let wrongAt: readonly number[] = [];
  let waiting = 0;

  return {
    judge,
    countWrong,
    async refuse(headers, requestId, schemes) {
      const isWrong = judge(headers, schemes) === 'wrong';
      if (isWrong) await countWrong(requestId);
      throw new RequestRefused(401, isWrong ? 'Invalid admin token.' : 'The admin token is required.', {
        code: 'UNAUTHENTICATED',
        headers: { 'WWW-Authenticate': challengeFor(headers, schemes) },
      });
    },
  };

  function judge({ authorization }: IncomingHttpHeaders, schemes: readonly Scheme[]): Verdict {
    return check(authorization, schemes);
  }

  async function countWrong(requestId: string): Promise<void> {
    const delayMs = delayOfWrong();
    const isTooMany = delayMs > 0 && waiting >= MOST_WAITING;
    report({ type: 'admin-refused', requestId, delayMs: isTooMany ? 0 : delayMs });
    if (isTooMany) {
      throw new RequestRefused(429, 'Too many wrong tokens. Try again later.', {
        code: 'UNAUTHENTICATED',
        headers: { 'Retry-After': String(LONGEST_DELAY_MS / 1000) },
      });
    }
    if (delayMs > 0) await wait(delayMs);
  }

  function delayOfWrong(): number {
    const now = clock.monotonic();
    wrongAt = [...wrongAt.filter((at) => now - at < WINDOW_MS), now].slice(-REMEMBERED_TRIES);
    const over = wrongAt.length - FREE_TRIES;
    return over > 0 ? Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (over - 1)) : 0;
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

// A browser answers a Basic challenge with a dialog: right for who opens a page, and not for a script that has asked.
function challengeFor(headers: IncomingHttpHeaders, schemes: readonly Scheme[]): string {
  const bearer = 'Bearer realm="catalog-gateway"';
  const isForDialog = schemes.includes('Basic') && headers['sec-fetch-dest'] !== 'empty';
  return isForDialog ? `Basic realm="catalog-gateway", charset="UTF-8", ${bearer}` : bearer;
}
