import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { MAX_SESSIONS_PER_USER, type Session, type SessionStore } from './session-store.ts';

export interface MemorySessionsOptions {
  readonly idleMs: number;
  readonly clock: { now(): number; monotonic(): number };
}

const MAX_SESSIONS = 10_000;

/** Sessions in the memory of this process, for a gateway without Redis. They end with the process. */
export function createMemorySessions({ idleMs, clock }: MemorySessionsOptions): SessionStore {
  const sessions = new LRUCache<string, { readonly session: Session; readonly idleUntil: number }>({
    max: MAX_SESSIONS,
  });
  const epoch = randomUUID();
  const idleUntil = () => clock.monotonic() + idleMs;

  return {
    async add(session) {
      sessions.set(session.hash, { session, idleUntil: idleUntil() });
      const own = live().filter(({ userId }) => userId === session.userId);
      for (const { hash } of own.slice(0, -MAX_SESSIONS_PER_USER)) sessions.delete(hash);
      return epoch;
    },
    // Nothing ends by an emptied store, so that an absence says enough.
    find: async (hash) => ({ session: alive(hash), epoch, isEnded: false }),
    async renew({ hash }) {
      const session = alive(hash);
      if (session) sessions.set(hash, { session, idleUntil: idleUntil() });
    },
    async remove(hash) {
      sessions.delete(hash);
    },
    async endUser() {},
    endedAt: async () => null,
    recentlyEnded: async () => [],
    ofUser: async (userId) => live().filter((session) => session.userId === userId),
    async list(maxUsers) {
      const byUser = Map.groupBy(live().toReversed(), ({ userId }) => userId);
      return [...byUser.values()].slice(0, maxUsers).flatMap((own) => own.toReversed());
    },
  };

  function alive(hash: string): Session | null {
    const found = sessions.peek(hash);
    if (!found) return null;
    const isOver = clock.monotonic() >= found.idleUntil || clock.now() >= found.session.expiresAt;
    if (isOver) sessions.delete(hash);
    return isOver ? null : found.session;
  }

  /** Oldest sign-in first. */
  function live(): readonly Session[] {
    return [...sessions.keys()]
      .flatMap((hash) => alive(hash) ?? [])
      .toSorted((a, b) => a.signedInAt - b.signedInAt);
  }
}
