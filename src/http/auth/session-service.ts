import { truncatedAddress } from '../../auth/addresses.ts';
import type { SessionCookies, Sessions } from '../../auth/session-api.ts';
import type { Credentials, SignIn } from '../../auth/sign-in.ts';
import { SessionUnavailable } from '../../domain/errors.ts';
import type { Principal } from '../../domain/principal.ts';
import type { Exchange } from '../exchange.ts';
import { RequestRefused } from '../refusal.ts';
import { CHALLENGE, type Identify } from './identity.ts';
import type { CookieAccess } from './session-cookies.ts';

/** Sessions over HTTP: the cookies of requests and responses. */
export interface SessionService {
  /**
   * Checks the password, ends the session that the browser had, and sets the cookies of the new one. Null for a wrong
   * password.
   * @throws RateLimited, SessionUnavailable, or the GatewayError of the identity endpoint.
   */
  signIn(exchange: Exchange, credentials: Credentials): Promise<Principal | null>;
  /** Null for nobody. @throws RequestRefused, SessionUnavailable */
  whoIs(exchange: Exchange): Promise<Principal | null>;
  /**
   * Clears the cookies. `kept`: this process carries the sign-out out once the store can be reached.
   * @throws SessionUnavailable if all sessions of the user should end, and nobody knows the user.
   */
  signOut(exchange: Exchange, everywhere: boolean): Promise<'done' | 'kept'>;
}

export interface SessionServiceOptions {
  readonly sessions: Sessions;
  readonly cookies: CookieAccess;
  readonly signIn: SignIn;
  readonly identify: Identify;
  readonly addressOf: (request: Exchange['request']) => string;
  readonly maxMs: number;
  readonly graceMs: number;
}

const NOBODY = Symbol('nobody');

const MAX_USER_AGENT_CHARACTERS = 200;

export function createSessionService(options: SessionServiceOptions): SessionService {
  const { sessions, cookies: access, signIn, identify, addressOf, maxMs, graceMs } = options;

  return {
    async signIn({ request, response }, credentials) {
      const address = addressOf(request);
      const before = access.read(request);
      const signedIn = await signIn(credentials, {
        address,
        network: truncatedAddress(address),
        userAgent: (request.headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT_CHARACTERS),
      });
      if (!signedIn) return null;
      if (before) await sessions.signOut(before.id, null, false);
      const { id, claim, principal } = signedIn;
      access.set(request, response, { id, claim: null, maxAgeMs: maxMs });
      access.set(request, response, { claim, maxAgeMs: graceMs });
      return principal;
    },
    async whoIs({ request, response }) {
      const { principal, claim } = await identify(request);
      access.set(request, response, { claim, maxAgeMs: graceMs });
      return principal;
    },
    async signOut({ request, response }, everywhere) {
      const cookies = access.read(request);
      if (!cookies) return 'done';
      const principal = await principalOf(cookies, everywhere);
      // A sign-out that waits for the store is not done because it is sent again.
      const known = sessions.isEnding(cookies.id) ? 'kept' : 'done';
      const outcome = principal === NOBODY ? known : await end(cookies, principal, everywhere);
      // Not before: a client whose sign-out is refused needs them to try again.
      access.clear(request, response);
      return outcome;
    },
  };

  function end({ id }: SessionCookies, principal: Principal | null, everywhere: boolean) {
    return sessions.signOut(id, principal?.id ?? null, everywhere);
  }

  /**
   * Null for a single session that cannot be judged: it ends by its id. By the cookies alone: a token beside them may be
   * that of somebody else. Nobody has nothing to end: a made-up id must not take the place of a real one in memory.
   * @throws RequestRefused if all sessions of nobody should end.
   */
  async function principalOf(
    cookies: SessionCookies,
    everywhere: boolean,
  ): Promise<Principal | typeof NOBODY | null> {
    try {
      const { principal } = await sessions.verify(cookies);
      if (!principal && everywhere && !sessions.isEnding(cookies.id))
        throw new RequestRefused(401, 'Nobody is signed in.', {
          code: 'UNAUTHENTICATED',
          headers: CHALLENGE,
        });
      return principal ?? NOBODY;
    } catch (error) {
      if (everywhere || !(error instanceof SessionUnavailable)) throw error;
      return null;
    }
  }
}
