/** A session as it is stored. The store has the SHA-256 of its id, and never the id. */
export interface Session {
  /** The SHA-256 of the id in base64url. */
  readonly hash: string;
  readonly userId: string;
  readonly userName: string;
  /** In milliseconds since the epoch. */
  readonly signedInAt: number;
  /** When it ends whatever its use, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** The start of the `User-Agent` header at the sign-in. */
  readonly userAgent: string;
  /** The network of the client at the sign-in: an address without its last part. */
  readonly address: string;
}

export interface FoundSession {
  /** Null if the store has no such session: it was signed out, has expired, or the store was emptied. */
  readonly session: Session | null;
  /** It changes when the store loses its content. */
  readonly epoch: string;
  /** Whether it was signed out lately. Unlike an absence, this also holds in a store that was emptied after the sign-in. */
  readonly isEnded: boolean;
}

/** Where sessions are kept. Every method rejects if the store cannot be reached in time. */
export interface SessionStore {
  /** Adds a session, and drops the oldest of a user with more than 100. Resolves to the epoch. */
  add(session: Session): Promise<string>;
  find(hash: string): Promise<FoundSession>;
  /** Prolongs the idle expiry, but not beyond the absolute one, and never brings a session back. */
  renew(session: Session): Promise<void>;
  /**
   * Removes a session that was signed out, and remembers this for the grace. `userId` is null if nobody knows whose it is:
   * then an unknown hash is not remembered, because anybody can make one up.
   */
  remove(hash: string, userId: string | null): Promise<void>;
  /** Remembers for the grace that the sessions of a user that began until `at` have ended. It removes none. */
  endUser(userId: string, at: number): Promise<void>;
  /** The latest moment of `endUser`; null if none is remembered. */
  endedAt(userId: string): Promise<number | null>;
  /** What `remove` and `endUser` remember: hashes, and names by `nameOfEnd`. */
  recentlyEnded(): Promise<readonly string[]>;
  /** The sessions of a user, oldest first. */
  ofUser(userId: string): Promise<readonly Session[]>;
  /** The sessions of the users who signed in last, newest users first. */
  list(maxUsers: number): Promise<readonly Session[]>;
}

/** Names the end of all sessions of a user that began until `at`. It is no hash. */
export function nameOfEnd(userId: string, at: number): string {
  return `user ${at} ${userId}`;
}

/** Null for a hash. */
export function parseEnd(name: string): { readonly userId: string; readonly at: number } | null {
  const [, at, userId] = /^user (\d+) (.*)$/s.exec(name) ?? [];
  return userId === undefined ? null : { userId, at: Number(at) };
}

/** Each of a user's devices has one. A program that signs in for every request must not fill the store. */
export const MAX_SESSIONS_PER_USER = 100;
