import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../cache/clock.ts';
import type { HttpEvent } from '../events.ts';
import { createTokenCheck } from '../operator.ts';
import { RequestRefused } from '../refusal.ts';

/** Knows operators, and keeps others from trying one token after the other. */
export interface AdminGuard {
  /** Whether the request carries the admin token. */
  admits(headers: IncomingHttpHeaders): boolean;
  /**
   * Refuses a request that is not admitted, a wrong token maybe later than now.
   * @throws RequestRefused: 401, or 429 where too many that were wrong are waiting for theirs.
   */
  refuse(headers: IncomingHttpHeaders, requestId: string): Promise<never>;
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
 * to 8 s. They are counted together, whoever sends them: an address can be changed. A right token never waits.
 */
export function createAdminGuard({ adminToken, clock, sleep, report }: AdminGuardOptions): AdminGuard {
  const isAdmin = createTokenCheck(adminToken);
  let wrongAt: readonly number[] = [];
  let waiting = 0;

  return {
    admits: ({ authorization }) => authorization !== undefined && isAdmin(authorization),
    async refuse(headers, requestId) {
      if (headers.authorization === undefined) throw unauthenticated('This needs the admin token.', headers);
      const delayMs = delayOfWrong();
      if (delayMs > 0 && waiting >= MOST_WAITING) {
        report({ type: 'admin-refused', requestId, delayMs: 0 });
        throw new RequestRefused(429, 'Too many wrong tokens. Try again later.', {
          code: 'UNAUTHENTICATED',
          headers: { 'Retry-After': String(LONGEST_DELAY_MS / 1000) },
        });
      }
      report({ type: 'admin-refused', requestId, delayMs });
      if (delayMs > 0) await wait(delayMs);
      throw unauthenticated('That is not the admin token.', headers);
    },
  };

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

function unauthenticated(message: string, headers: IncomingHttpHeaders): RequestRefused {
  return new RequestRefused(401, message, {
    code: 'UNAUTHENTICATED',
    headers: { 'WWW-Authenticate': challengeFor(headers) },
  });
}

// A browser answers a Basic challenge with a dialog: right for who opens a page, and not for a script that has asked.
function challengeFor(headers: IncomingHttpHeaders): string {
  const bearer = 'Bearer realm="catalog-gateway"';
  const ofScript = headers['sec-fetch-dest'] === 'empty';
  return ofScript ? bearer : `Basic realm="catalog-gateway", charset="UTF-8", ${bearer}`;
}
