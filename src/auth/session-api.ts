import type { Clock, RedisState } from '../cache/index.ts';
import type { Principal } from '../domain/principal.ts';
import type { Claims } from './claims.ts';
import type { Report } from './events.ts';
import type { Outcome } from './revocations.ts';
import type { Session, SessionStore } from './session-store.ts';

/** What a browser keeps of a session. */
export interface SessionCookies {
  /** The id: 256 random bits in base64url. */
  readonly id: string;
  /** The claim that counts while the store cannot be reached; null without one. */
  readonly claim: string | null;
}

export interface Verification {
  /** Null for nobody. */
  readonly principal: Principal | null;
  /** A newer claim for the browser; null if it has a good one. */
  readonly claim: string | null;
}

/** What a session records of its sign-in. */
type SignInPlace = Pick<Session, 'userAgent' | 'address'>;

export interface Sessions {
  /**
   * Who signed in with the id. Synchronous within the trust time after the store was asked.
   * @throws SessionUnavailable if the store cannot be reached, and nothing shows that it has verified the session lately.
   */
  verify(cookies: SessionCookies): Verification | Promise<Verification>;
  /** Starts a session with a new id. @throws SessionUnavailable */
  signIn(
    user: Pick<Principal, 'id' | 'name'>,
    place: SignInPlace,
  ): Promise<SessionCookies & { readonly principal: Principal }>;
  /**
   * Ends the session with the id, or all sessions of the user. This process forgets them at once, and every other one
   * within the trust time after the store has removed them. `userId` is null if the session could not be verified.
   * @throws SessionUnavailable if too many sign-outs wait for the store.
   */
  signOut(id: string, userId: string | null, everywhere: boolean): Promise<Outcome>;
  /** Whether this process keeps a sign-out of the session with the id, which the store has yet to get. */
  isEnding(id: string): boolean;
  /** The sessions of the users who signed in last, for operators. @throws SessionUnavailable */
  list(maxUsers: number): Promise<readonly Session[]>;
  /** The session with the hash, or those of the user, for operators. @throws SessionUnavailable */
  find(of: SessionsOf): Promise<readonly Session[]>;
  /** Ends the session with the hash, or those of the user, for operators. */
  revoke(of: SessionsOf): Promise<Outcome>;
  /** The number of sessions in the memory of this process, and of sign-outs that wait for the store. */
  usage(): { readonly known: number; readonly pending: number };
  /** Tries to carry out kept sign-outs, for a process that stops. */
  flush(): Promise<void>;
  close(): void;
}

export type SessionsOf = { readonly hash: string } | { readonly userId: string };

export interface SessionsOptions {
  readonly store: SessionStore;
  /** Null for sessions in memory, which are never away. */
  readonly claims: Claims | null;
  /** Between the processes; null for sessions in memory. */
  readonly messages: RedisState['messages'] | null;
  readonly idleMs: number;
  readonly maxMs: number;
  /** How long whoever was verified stays signed in while the store is away, in milliseconds. */
  readonly graceMs: number;
  readonly clock: Clock;
  readonly report: Report;
  /** Called with the principal of each session that this process knows, when it has ended. */
  readonly onEnd: (principal: Principal) => void;
}
