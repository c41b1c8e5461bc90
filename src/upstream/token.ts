import type { Clock } from '../domain/clock.ts';
import type { Grant, Report } from './events.ts';
import { rejected, statusFailure } from './failures.ts';
import type { GuardedCall } from './guarded-call.ts';
import type { HttpResponse } from './http-exchange.ts';
import type { TokenPayload } from './payloads.ts';
import {
  CLIENT_VARIABLES,
  type ClientCredentials,
  CREDENTIAL_VARIABLES,
  grantedToken,
  refusalOf,
  TOKEN_ROUTE,
  tokenRequest,
} from './token-request.ts';

/** A token is renewed this long before it expires, but at most a share of its lifetime before. */
const RENEW_EARLY_MS = 300_000;
const RENEW_EARLY_SHARE = 0.1;
/** How long all calls share a failure, so that queued calls do not each request a token again. */
const FAILURE_PAUSE_MS = 1000;
/** The refusals that concern the client and not the user (RFC 6749, section 5.2). */
const CLIENT_REFUSALS: ReadonlySet<string> = new Set(['invalid_client', 'unauthorized_client']);
/** Minimum interval between replacements of refused tokens: a new token does not help an account without permissions. */
const REPLACE_EVERY_MS = 1000;

export interface Credentials extends ClientCredentials {
  readonly username: string;
  readonly password: string;
}

/** The bearer token (RFC 6750) of the Catalog API, kept in memory only. */
export interface Tokens {
  /** A token that has not expired. Throws a GatewayError if no token can be obtained. */
  current(): Promise<string>;
  /**
   * Drops a token that the upstream refused, unless it is already replaced. False if the token must be kept, because
   * another was replaced within the last second.
   */
  drop(token: string): boolean;
}

export interface TokensOptions {
  readonly identityUrl: string;
  readonly credentials: Credentials;
  readonly call: GuardedCall;
  readonly clock: Clock;
  readonly report: Report;
}

interface HeldToken {
  readonly value: string;
  readonly refreshToken: string | null;
  readonly renewAt: number;
  readonly expiresAt: number;
}

/** Requests tokens with the OAuth password and refresh grants (RFC 6749), one request at a time. */
export function createTokens({ identityUrl, credentials, call, clock, report }: TokensOptions): Tokens {
  let held: HeldToken | null = null;
  let renewal: Promise<HeldToken> | null = null;
  let failed: { readonly error: unknown; readonly until: number } | null = null;
  let replacedAt = Number.NEGATIVE_INFINITY;
  // Monotonic: setting the wall clock does not change the lifetime of a token.
  const now = () => clock.monotonic();

  return {
    async current() {
      if (held !== null && now() < held.renewAt) return held.value;
      const renewed = renew();
      if (held === null || now() >= held.expiresAt) return (await renewed).value;
      // The current token is still valid, so no caller waits for the renewal. Its failure is already reported.
      renewed.catch(() => {});
      return held.value;
    },
    drop(token) {
      // The refresh token is dropped too: the refused token may belong to a session that has ended.
      if (held?.value !== token) return true;
      if (now() - replacedAt < REPLACE_EVERY_MS) return false;
      replacedAt = now();
      held = null;
      return true;
    },
  };

  async function renew(): Promise<HeldToken> {
    if (failed !== null && now() < failed.until) throw failed.error;
    renewal ??= requestToken().finally(() => {
      renewal = null;
    });
    return renewal;
  }

  async function requestToken(): Promise<HeldToken> {
    try {
      return (await refreshGrant()) ?? (await passwordGrant());
    } catch (error) {
      failed = { error, until: now() + FAILURE_PAUSE_MS };
      throw error;
    }
  }

  async function refreshGrant(): Promise<HeldToken | null> {
    const refreshToken = held?.refreshToken ?? null;
    if (held === null || refreshToken === null) return null;
    // Use the refresh token once: a refresh that fails or hangs must not delay the password grant again.
    held = { ...held, refreshToken: null };
    try {
      return await grant('refresh_token', { refresh_token: refreshToken });
    } catch {
      return null;
    }
  }

  function passwordGrant(): Promise<HeldToken> {
    const { username, password } = credentials;
    return grant('password', { username, password, scope: 'offline_access' });
  }

  async function grant(type: Grant, fields: Record<string, string>): Promise<HeldToken> {
    const askedAt = now();
    const request = tokenRequest(identityUrl, credentials, type, fields);
    const payload = await call(TOKEN_ROUTE, async (send) => readResponse(type, await send(request)));
    const lifetimeMs = payload.lifetimeSeconds * 1000;
    // The lifetime counts from before the request, because the server starts to count during the request.
    const expiresAt = askedAt + lifetimeMs;
    held = {
      value: payload.access_token,
      refreshToken: payload.refresh_token ?? fields.refresh_token ?? null,
      renewAt: expiresAt - earlyMs(lifetimeMs),
      expiresAt,
    };
    report({ type: 'upstream-token-renewed', grant: type, lifetimeMs, durationMs: now() - askedAt });
    return held;
  }

  function readResponse(type: Grant, response: HttpResponse): TokenPayload {
    const granted = grantedToken(response, report);
    if (granted !== null) return granted;
    const { status } = response;
    if (status !== 400 && status !== 401 && status !== 403) throw statusFailure(status);
    if (type === 'password') {
      const isClient = CLIENT_REFUSALS.has(refusalOf(response));
      const variables = isClient ? CLIENT_VARIABLES : CREDENTIAL_VARIABLES;
      report({ type: 'upstream-credentials-rejected', route: TOKEN_ROUTE, status, variables });
    }
    throw rejected(`the ${type} grant was rejected with status ${status}`);
  }
}

/** A short-lived token is used until it expires: renewing it early would mean a token request every few calls. */
function earlyMs(lifetimeMs: number): number {
  return lifetimeMs > RENEW_EARLY_MS ? Math.min(RENEW_EARLY_MS, lifetimeMs * RENEW_EARLY_SHARE) : 0;
}
