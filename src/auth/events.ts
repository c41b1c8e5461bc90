/** Why a bearer token was rejected. The client is not told. */
export type TokenRejection =
  | 'malformed'
  | 'algorithm'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'expired'
  | 'not-yet-valid'
  /** The key set has no key for the token, or several for a token that names none. */
  | 'no-key'
  | 'claims';

/** Events of authentication. They carry no id of a session, no token, no password, and nothing that a failed attempt typed. */
export type AuthEvent =
  | LimitEvent
  /** The store was asked for a session. `grace`: it cannot be reached or was emptied, and a recent verification counts. */
  | {
      readonly type: 'session-verified';
      readonly outcome: 'live' | 'absent' | 'grace' | 'unavailable';
      readonly durationMs: number;
    }
  /** A password was checked, or was not: `limited` and `unavailable`. */
  | {
      readonly type: 'sign-in';
      readonly outcome: 'accepted' | 'rejected' | 'limited' | 'unavailable';
      readonly durationMs: number;
    }
  | { readonly type: 'signed-out'; readonly everywhere: boolean; readonly outcome: 'done' | 'kept' }
  /** The Redis of the sessions began to fail, or replies again. */
  | { readonly type: 'session-store-down'; readonly cause: unknown }
  | { readonly type: 'session-store-up' }
  | { readonly type: 'session-store-refused'; readonly cause: unknown }
  /** The Redis of the sessions may evict them when its memory is full. */
  | { readonly type: 'sessions-evictable'; readonly policy: string }
  /** The store cannot be reached: this process keeps the sign-out until it can. */
  | { readonly type: 'sign-out-kept'; readonly pending: number }
  | { readonly type: 'sign-outs-carried-out' }
  /** The signature and claims of a token were verified. A remembered token reports nothing. */
  | { readonly type: 'token-verified'; readonly durationMs: number }
  /** Also reported for a remembered rejection. */
  | { readonly type: 'token-rejected'; readonly reason: TokenRejection }
  | {
      readonly type: 'jwks-fetched';
      readonly keys: number;
      /** Whether the keys differ from those held before. */
      readonly changed: boolean;
      readonly durationMs: number;
    }
  /** The key set could not be fetched. Reported once until it is fetched again. */
  | { readonly type: 'jwks-failed'; readonly reason: string };

export type Report = (event: AuthEvent) => void;

/** The events of the limits. They name no client. */
export type LimitEvent =
  /** A client had no points left. `execution`: nothing was executed; `hit`: a stored response was not sent. */
  | { readonly type: 'client-limited'; readonly request: 'hit' | 'execution' }
  /** An attempt to sign in was refused before the password was checked. `waiting`: too many delayed attempts wait. */
  | { readonly type: 'sign-in-limited'; readonly by: 'user' | 'address' | 'waiting' }
  /** An attempt to sign in waits before the password is checked. */
  | { readonly type: 'sign-in-delayed'; readonly delayMs: number };
