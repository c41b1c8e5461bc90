import { LRUCache } from 'lru-cache';
import type { Clock, RedisState } from '../cache/index.ts';
import { SessionUnavailable } from '../domain/errors.ts';
import type { Report } from './events.ts';
import type { Session, SessionStore } from './session-store.ts';

export interface RevocationsOptions {
  readonly store: SessionStore;
  /** Between the processes; null for sessions in memory. */
  readonly messages: RedisState['messages'] | null;
  /** How long a session may be believed without the store, in milliseconds. */
  readonly memoryMs: number;
  readonly clock: Clock;
  readonly report: Report;
  /** Called for each session that ends, in every process that learns of it. */
  readonly onRevoked: (isRevoked: (session: Pick<Session, 'hash' | 'userId'>) => boolean) => void;
}

/** What this process knows of sessions that were ended, and those that it has yet to end in the store. */
export interface Revocations {
  /** Ends one session. `userId` is null if nobody knows whose it is. */
  revoke(hash: string, userId: string | null): Promise<Outcome>;
  /** Ends the sessions that a user has now. */
  revokeUser(userId: string): Promise<Outcome>;
  /** Whether the session was ended, as far as this process knows. */
  has(session: Pick<Session, 'hash' | 'userId' | 'signedInAt'>): boolean;
  /** The number of sign-outs that the store has yet to get. */
  pending(): number;
  close(): void;
}

/** `done`: the store has no such session any more. `kept`: the store cannot be reached, and gets it later. */
export type Outcome = 'done' | 'kept';

interface Pending {
  /** Null for all sessions of the user that began until `at`. */
  readonly hash: string | null;
  readonly userId: string | null;
  /** By the wall clock. */
  readonly at: number;
}

const RETRY_MS = 1000;
const MAX_PENDING = 10_000;
const MAX_REMEMBERED = 100_000;

export function createRevocations(options: RevocationsOptions): Revocations {
  const { store, messages, memoryMs, clock, report, onRevoked } = options;
  const ended = new LRUCache<string, true>({
    max: MAX_REMEMBERED,
    ttl: memoryMs,
    perf: { now: () => clock.monotonic() },
    ttlResolution: 0,
  });
  const pending = new Set<Pending>();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  messages?.listen(
    (message) => {
      if (message.type === 'invalidated') note(message.tags);
    },
    // A lost message is made up for within the trust time.
    () => {},
  );

  return {
    revoke: (hash, userId) => carryOutOrKeep({ hash, userId, at: clock.now() }),
    revokeUser: (userId) => carryOutOrKeep({ hash: null, userId, at: clock.now() }),
    has: ({ hash, userId, signedInAt }) =>
      ended.has(hash) || [...pending].some((each) => each.userId === userId && coversAll(each, signedInAt)),
    pending: () => pending.size,
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };

  async function carryOutOrKeep(sought: Pending): Promise<Outcome> {
    if (pending.size >= MAX_PENDING)
      throw new SessionUnavailable('The sign-out cannot be carried out now. Try again.', {
        retryAfterMs: RETRY_MS,
      });
    if (sought.hash !== null) note([sought.hash]);
    // Whoever asks meanwhile is refused by this process.
    pending.add(sought);
    if (sought.hash === null) onRevoked(({ userId }) => userId === sought.userId);
    if (await carryOut(sought)) return 'done';
    report({ type: 'sign-out-kept', pending: pending.size });
    retryLater();
    return 'kept';
  }

  /** Whether the store has carried it out. */
  async function carryOut(sought: Pending): Promise<boolean> {
    try {
      const hashes = sought.hash === null ? await hashesOf(sought) : [sought.hash];
      note(hashes);
      await Promise.all(hashes.map((hash) => store.remove(hash, sought.userId)));
      messages?.publish({ type: 'invalidated', tags: hashes });
      pending.delete(sought);
      return true;
    } catch {
      return false;
    }
  }

  async function hashesOf({ userId, at }: Pending): Promise<readonly string[]> {
    const sessions = await store.ofUser(userId ?? '');
    return sessions.filter(({ signedInAt }) => signedInAt <= at).map(({ hash }) => hash);
  }

  function note(hashes: readonly string[]): void {
    for (const hash of hashes) ended.set(hash, true);
    const set = new Set(hashes);
    onRevoked(({ hash }) => set.has(hash));
  }

  function retryLater(): void {
    if (timer || isClosed) return;
    timer = setTimeout(async () => {
      for (const each of pending) if (!(await carryOut(each))) break;
      timer = undefined;
      if (pending.size > 0) retryLater();
      else report({ type: 'sign-outs-carried-out' });
    }, RETRY_MS).unref();
  }
}

function coversAll({ hash, at }: Pending, signedInAt: number): boolean {
  return hash === null && signedInAt <= at;
}
