import { LRUCache } from 'lru-cache';
import type { Clock, RedisState } from '../cache/index.ts';
import { SessionUnavailable } from '../domain/errors.ts';
import { bounded } from './bounded.ts';
import type { Report } from './events.ts';
import { nameOfEnd, parseEnd, type Session, type SessionStore } from './session-store.ts';

export interface RevocationsOptions {
  readonly store: SessionStore;
  /** Between the processes; null for sessions in memory. */
  readonly messages: RedisState['messages'] | null;
  /** How long a session may count without the store, in milliseconds. */
  readonly memoryMs: number;
  readonly clock: Clock;
  readonly report: Report;
  /** Called for each session that ends, in every process that learns of it. */
  readonly onEnded: (hash: string) => void;
  /** Called if the sessions of a user that began until `at` end. */
  readonly onUserEnded: (userId: string, at: number) => void;
}

type SessionStart = Pick<Session, 'hash' | 'userId' | 'signedInAt'>;

/** What this process knows of sessions that were ended, and those that it has yet to end in the store. */
export interface Revocations {
  /** Ends one session. `userId` is null if nobody knows whose it is. */
  revoke(hash: string, userId: string | null): Promise<Outcome>;
  /** Ends the sessions that a user has now. */
  revokeUser(userId: string): Promise<Outcome>;
  /** Whether the session was ended, as far as this process knows. */
  has(session: SessionStart): boolean;
  /** Whether a session that the store cannot confirm was ended: `has`, or by a sign-out of all sessions of its user. */
  hasUnconfirmed(session: SessionStart): boolean;
  /** When all sessions of a user were ended, as far as this process knows; 0 if never. */
  lastEndOf(userId: string): number;
  /** The store said that the session has ended. */
  learn(hash: string): void;
  /** Takes the epoch of a reply of the store. A store that was emptied gets the sign-outs of this process again. */
  noteEpoch(epoch: string): void;
  /** Whether the store has yet to get the sign-out of the session. */
  isPending(hash: string): boolean;
  /** The number of sign-outs that the store has yet to get. */
  pending(): number;
  /** Tries to carry out what waits, for a process that stops. */
  flush(): Promise<void>;
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
const MAX_UNPROVEN = 1000;
const RETRIED_TOGETHER = 100;
const MAX_REMEMBERED = 100_000;

export function createRevocations(options: RevocationsOptions): Revocations {
  const { store, messages, memoryMs, clock, report, onEnded, onUserEnded } = options;
  const remembered = {
    ...bounded(MAX_REMEMBERED),
    ttl: memoryMs,
    perf: { now: () => clock.monotonic() },
    ttlResolution: 0,
  };
  const ended = new LRUCache<string, true>(remembered);
  /** When all sessions of a user were ended. In a store that was emptied, their hashes are not listed. */
  const endedUsers = new LRUCache<string, number>(remembered);
  /** What this process carried out: nobody else may know of it, if Redis is emptied at once and the message is lost. */
  const carriedOut = new LRUCache<string, Pending>({ ...remembered, ...bounded(MAX_PENDING) });
  const pending = new Map<string, Pending>();
  let epoch: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  let catchUpTimer: NodeJS.Timeout | undefined;
  let isClosed = false;

  messages?.listen(
    (message) => {
      if (message.type === 'invalidated') noteNames(message.tags);
    },
    // Within the trust time the store makes up for lost messages, but then it may be away.
    () => void catchUp().then(repeat),
  );

  return {
    revoke: (hash, userId) => carryOutOrKeep({ hash, userId, at: Math.floor(clock.now()) }),
    revokeUser: (userId) => carryOutOrKeep({ hash: null, userId, at: Math.floor(clock.now()) }),
    has,
    hasUnconfirmed: (session) => has(session) || isUntil(session, endedUsers.get(session.userId)),
    lastEndOf: (userId) => endedUsers.get(userId) ?? 0,
    learn: (hash) => note([hash]),
    noteEpoch(present) {
      if (epoch !== null && epoch !== present) void repeat();
      epoch = present;
    },
    isPending: (hash) => pending.has(hash),
    pending: () => pending.size,
    flush: retry,
    close() {
      isClosed = true;
      clearTimeout(timer);
      clearTimeout(catchUpTimer);
    },
  };

  async function carryOutOrKeep(sought: Pending): Promise<Outcome> {
    const key = sought.hash ?? keyOfUser(sought.userId ?? '');
    // Anybody can make up an id that nobody can judge. Real sign-outs keep their places.
    const isFull = pending.size >= MAX_PENDING || (sought.userId === null && unproven() >= MAX_UNPROVEN);
    if (isFull && !pending.has(key))
      throw new SessionUnavailable('The sign-out cannot be carried out now. Try again.', {
        retryAfterMs: RETRY_MS,
      });
    if (sought.hash !== null) note([sought.hash]);
    else if (sought.userId !== null) noteUser(sought.userId, sought.at);
    // Whoever asks meanwhile is refused by this process.
    pending.set(key, sought);
    // All that the store lists began before, whatever the clocks of other processes say.
    if (await carryOut(key, sought, Number.POSITIVE_INFINITY)) return 'done';
    report({ type: 'sign-out-kept', pending: pending.size });
    retryLater();
    return 'kept';
  }

  /** Whether the store has carried it out, for all sessions of a user that began until `until`. */
  async function carryOut(key: string, sought: Pending, until = sought.at): Promise<boolean> {
    const { hash, userId, at } = sought;
    try {
      if (hash === null && userId !== null) await store.endUser(userId, at);
      const hashes = hash === null ? await hashesOf(userId ?? '', until) : [hash];
      note(hashes);
      // Before the removal is acknowledged, on the same connection: an acknowledged sign-out was published.
      const tags = hash === null ? [...hashes, nameOfEnd(userId ?? '', at)] : hashes;
      messages?.publish({ type: 'invalidated', tags });
      await Promise.all(hashes.map((each) => store.remove(each, userId)));
      if (pending.get(key) === sought) pending.delete(key);
      // An id whose user nobody knows may be made up.
      if (userId !== null && !carriedOut.has(key)) carriedOut.set(key, sought);
      return true;
    } catch {
      return false;
    }
  }

  async function hashesOf(userId: string, until: number): Promise<readonly string[]> {
    const sessions = await store.ofUser(userId);
    return sessions.filter(({ signedInAt }) => signedInAt <= until).map(({ hash }) => hash);
  }

  function note(hashes: readonly string[]): void {
    for (const hash of hashes) {
      ended.set(hash, true);
      onEnded(hash);
    }
  }

  function noteNames(names: readonly string[]): void {
    note(names.filter((name) => parseEnd(name) === null));
    for (const end of names.map(parseEnd)) if (end) noteUser(end.userId, end.at);
  }

  /** Reads what this process may not have heard. */
  async function catchUp(): Promise<void> {
    clearTimeout(catchUpTimer);
    try {
      noteNames(await store.recentlyEnded());
    } catch {
      if (!isClosed) catchUpTimer = setTimeout(catchUp, RETRY_MS).unref();
    }
  }

  function noteUser(userId: string, at: number): void {
    endedUsers.set(userId, Math.max(at, endedUsers.get(userId) ?? at));
    onUserEnded(userId, at);
  }

  function has(session: SessionStart): boolean {
    const { hash, userId } = session;
    return ended.has(hash) || pending.has(hash) || isUntil(session, pending.get(keyOfUser(userId))?.at);
  }

  function unproven(): number {
    let count = 0;
    for (const { userId } of pending.values()) if (userId === null) count += 1;
    return count;
  }

  function retry(): Promise<void> {
    return carryOutAll([...pending]);
  }

  /** A store that was emptied, and processes that missed a message, get what this process carried out. */
  function repeat(): Promise<void> {
    return carryOutAll([...carriedOut]);
  }

  /** Tries some together, until a store that is away refuses all of them. */
  async function carryOutAll(all: readonly (readonly [string, Pending])[]): Promise<void> {
    for (let at = 0; at < all.length; at += RETRIED_TOGETHER) {
      const some = all.slice(at, at + RETRIED_TOGETHER);
      const results = await Promise.all(some.map(([key, sought]) => carryOut(key, sought)));
      if (!results.includes(true)) return;
    }
  }

  function retryLater(): void {
    if (timer || isClosed) return;
    timer = setTimeout(async () => {
      await retry();
      timer = undefined;
      if (pending.size > 0) retryLater();
      else report({ type: 'sign-outs-carried-out' });
    }, RETRY_MS).unref();
  }
}

function isUntil({ signedInAt }: SessionStart, at = Number.NEGATIVE_INFINITY): boolean {
  return signedInAt <= at;
}

/** No hash has a colon. */
function keyOfUser(userId: string): string {
  return `user:${userId}`;
}
