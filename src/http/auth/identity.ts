import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Sessions, Verification } from '../../auth/session-api.ts';
import { isJwt, TokenRejected, type TokenVerifier } from '../../auth/token-api.ts';
import type { Principal } from '../../domain/principal.ts';
import { RequestRefused } from '../refusal.ts';
import { checkSite } from './same-site.ts';
import type { CookieAccess } from './session-cookies.ts';

/** Who sends a request, as far as the gateway knows. */
export interface Identity {
  /** Null for nobody. */
  readonly principal: Principal | null;
  /** Responses that show the principal are stored under this key. Principals who would read other bytes have other keys. */
  readonly key: string;
  /** Names the client for its limit; null for nobody. A user by session is another client than the one of a token. */
  readonly client: string | null;
  /** Whether a user signed in who is an operator. */
  readonly isOperator: boolean;
  /** A claim that the browser has to keep; null without a new one. */
  readonly claim: string | null;
}

export const NOBODY: Identity = {
  principal: null,
  key: 'nobody',
  client: null,
  isOperator: false,
  claim: null,
};

/**
 * Identifies the sender by a bearer token, or else by the session of its cookie. Synchronous for whoever was verified
 * lately.
 * @throws RequestRefused for an invalid token, and for a token or cookie with a request of another site's page; SessionUnavailable.
 */
export type Identify = (request: IncomingMessage) => Identity | Promise<Identity>;

export interface IdentifyOptions {
  /** Null if nobody signs in with a password. */
  readonly sessions: Sessions | null;
  readonly cookies: CookieAccess;
  /** Null if no tokens are accepted. */
  readonly tokens: TokenVerifier | null;
  /** The ids of the users who are operators. */
  readonly operators: ReadonlySet<string>;
  /** Origins whose pages may use the cookie. */
  readonly allowedOrigins: ReadonlySet<string>;
}

/** How to authenticate (RFC 6750, 3). It makes no browser show a dialog. */
export const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="catalog-gateway"' };

const BEARER = /^bearer(?:$| +)(.*)$/i;

export function createIdentify(options: IdentifyOptions): Identify {
  const { sessions, cookies: access, tokens, operators, allowedOrigins } = options;
  const byPrincipal = new WeakMap<Principal, Identity>();

  return (request) => {
    // Another scheme identifies nobody: a browser repeats the password of the observatory, and a proxy may send its own.
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (token !== undefined) return identifyToken(token, request);
    if (!sessions) return NOBODY;
    const cookies = access.read(request);
    if (!cookies) return NOBODY;
    checkSite(request.headers, allowedOrigins);
    const verification = sessions.verify(cookies);
    return verification instanceof Promise ? verification.then(ofSession) : ofSession(verification);
  };

  function identifyToken(token: string, { headers }: IncomingMessage): Identity | Promise<Identity> {
    // The token of operators has another form.
    if (!tokens || !isJwt(token)) return NOBODY;
    // A proxy that signs people in adds the token to requests of other sites too.
    checkSite(headers, allowedOrigins);
    try {
      const principal = tokens.verify(token);
      return principal instanceof Promise ? principal.then(ofToken, refuseToken) : ofToken(principal);
    } catch (error) {
      return refuseToken(error);
    }
  }

  function ofToken(principal: Principal): Identity {
    return identityOf(principal, 'token', false);
  }

  function ofSession({ principal, claim }: Verification): Identity {
    if (!principal) return NOBODY;
    const identity = identityOf(principal, 'session', operators.has(principal.id));
    return claim === null ? identity : { ...identity, claim };
  }

  function identityOf(principal: Principal, by: 'session' | 'token', isOperator: boolean): Identity {
    const known = byPrincipal.get(principal);
    if (known) return known;
    const client = `${by}:${principal.id}`;
    const identity = { principal, key: keyOf(principal), client, isOperator, claim: null };
    byPrincipal.set(principal, identity);
    return identity;
  }
}

/** The key of all responses that show the principal. */
export function keyOf({ kind, id, name, signedInAt, expiresAt }: Principal): string {
  return hash('sha256', JSON.stringify([kind, id, name, signedInAt, expiresAt]), 'base64url');
}

/** RFC 6750, section 3. The client is not told what is wrong with its token. */
function refuseToken(error: unknown): never {
  if (!(error instanceof TokenRejected)) throw error;
  throw new RequestRefused(401, error.message, {
    code: 'UNAUTHENTICATED',
    headers: { 'WWW-Authenticate': 'Bearer realm="catalog-gateway", error="invalid_token"' },
  });
}
