import type { Clock } from '../cache/index.ts';
import { GatewayError, RateLimited } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { PasswordCheck } from '../upstream/password-check.ts';
import type { Report } from './events.ts';
import type { SessionCookies, Sessions } from './session-api.ts';
import type { SignInAttempts } from './sign-in-attempts.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface SignInOptions {
  readonly checkPassword: PasswordCheck;
  readonly attempts: SignInAttempts;
  readonly sessions: Sessions;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly report: Report;
}

/**
 * Checks a password and starts a session; null for a wrong password. `address` is the whole address of the client, for
 * the limit of attempts; the session records a part of it.
 * @throws RateLimited, SessionUnavailable, or the GatewayError of the identity endpoint.
 */
export type SignIn = (
  credentials: Credentials,
  client: { readonly address: string; readonly network: string; readonly userAgent: string },
) => Promise<(SessionCookies & { readonly principal: Principal }) | null>;

export function createSignIn(options: SignInOptions): SignIn {
  const { checkPassword, attempts, sessions, clock, report } = options;

  return async ({ username, password }, { address, network, userAgent }) => {
    const beganAt = clock.monotonic();
    const conclude = (outcome: 'accepted' | 'rejected' | 'limited' | 'unavailable') =>
      report({ type: 'sign-in', outcome, durationMs: clock.monotonic() - beganAt });
    const id = userIdOf(username);
    try {
      const attempt = await attempts.begin(id, address);
      let accepted: boolean;
      try {
        accepted = await checkPassword(username, password);
      } catch (error) {
        await attempt.unavailable();
        throw error;
      }
      if (!accepted) {
        conclude('rejected');
        return null;
      }
      await attempt.succeeded();
      const signedIn = await sessions.signIn({ id, name: username }, { address: network, userAgent });
      conclude('accepted');
      return signedIn;
    } catch (error) {
      if (error instanceof GatewayError) conclude(error instanceof RateLimited ? 'limited' : 'unavailable');
      throw error;
    }
  };
}

const DISTORTING = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/**
 * Whether a text can be a user name. Others could be taken for the same account by the identity endpoint, and have another
 * id here: with whitespace around, control characters, changes of direction, or in another Unicode form than NFC.
 */
export function isUserName(text: string): boolean {
  return text !== '' && text.trim() === text && text.normalize() === text && !DISTORTING.test(text);
}

/**
 * One id for all ways to type a user name. Only ASCII letters lose their case: other foldings differ between systems, and
 * could take two users for one.
 */
export function userIdOf(username: string): string {
  return username.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
