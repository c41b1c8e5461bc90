import type { RedisClient } from '../cache/index.ts';
import { RateLimited } from '../domain/errors.ts';
import { clientKeyOf } from './addresses.ts';
import { createAttemptDelays, MAX_DELAY_MS } from './attempt-delays.ts';
import type { LimitEvent } from './events.ts';
import { createLimiter } from './limiter.ts';

export interface SignInAttemptsOptions {
  /** Null to count in this process only. */
  readonly redis: RedisClient | null;
  readonly keyPrefix: string;
  /** The longest wait for Redis, in milliseconds. An attempt waits up to three times: for two counts, and to give one back. */
  readonly budgetMs: number;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly report: (event: LimitEvent) => void;
}

export interface SignInAttempts {
  /**
   * Counts an attempt, and resolves when its password may be checked. Unknown users count as known ones do. A user over
   * the limit is refused with the right password too.
   * @throws RateLimited. A refused attempt does not count.
   */
  begin(userId: string, address: string): Promise<Attempt>;
}

/** An attempt that is counted. Without a call it stays counted, as for a wrong password. */
interface Attempt {
  /** The password was right: forgets the attempts of the user, and gives the address its attempt back. */
  succeeded(): Promise<void>;
  /** The password could not be checked: the attempt does not count. */
  unavailable(): Promise<void>;
}

const WINDOW_MS = 15 * 60_000;
const USER_ATTEMPTS = 20;
const ADDRESS_ATTEMPTS = 100;
const FREE_ATTEMPTS = 5;

/**
 * Limits the guesses of passwords: 20 attempts per user and 100 per address (IPv6: per /64) in 15 minutes. From the sixth
 * attempt of a user, each is delayed by 250 ms, then twice as long each time, up to 8 s.
 *
 * An attempt counts before its password is checked. Otherwise concurrent attempts would all be checked before the first of
 * them counts. While Redis is away, each process counts for itself, beginning at 0.
 */
export function createSignInAttempts(options: SignInAttemptsOptions): SignInAttempts {
  const { keyPrefix, sleep, report } = options;
  const users = createLimiter({
    ...{ ...options, keyPrefix: `${keyPrefix}sign-in-user` },
    ...{ points: USER_ATTEMPTS, windowMs: WINDOW_MS },
  });
  const addresses = createLimiter({
    ...{ ...options, keyPrefix: `${keyPrefix}sign-in-address` },
    ...{ points: ADDRESS_ATTEMPTS, windowMs: WINDOW_MS },
  });
  const delays = createAttemptDelays(FREE_ATTEMPTS, sleep);

  return {
    async begin(userId, address) {
      const addressKey = clientKeyOf(address);
      // The address first: an address over its limit must not use up the attempts of users.
      const byAddress = await addresses.take(addressKey);
      if (!byAddress.allowed) throw refusal('address', byAddress.resetMs);
      const byUser = await users.take(userId);
      if (!byUser.allowed) {
        await addresses.giveBack(addressKey);
        throw refusal('user', byUser.resetMs);
      }
      const delayMs = delays.delayOf(byUser.consumed);
      if (delayMs === null) {
        await unavailable();
        throw refusal('waiting', MAX_DELAY_MS);
      }
      if (delayMs > 0) report({ type: 'sign-in-delayed', delayMs });
      await delays.wait(delayMs);
      return {
        async succeeded() {
          await Promise.all([users.reset(userId), addresses.giveBack(addressKey)]);
        },
        unavailable,
      };

      async function unavailable(): Promise<void> {
        await Promise.all([users.giveBack(userId), addresses.giveBack(addressKey)]);
      }
    },
  };

  // One message for all limits: it reveals nothing about the user.
  function refusal(by: 'user' | 'address' | 'waiting', retryAfterMs: number): RateLimited {
    report({ type: 'sign-in-limited', by });
    return new RateLimited('Too many attempts to sign in. Try again later.', { retryAfterMs });
  }
}
