import { hash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Command, RedisClient, Reply } from '../cache/index.ts';
import { MAX_SESSIONS_PER_USER, nameOfEnd, type Session, type SessionStore } from './session-store.ts';

export interface RedisSessionsOptions {
  readonly redis: RedisClient;
  readonly keyPrefix: string;
  readonly idleMs: number;
  readonly maxMs: number;
  /** How long a sign-out is remembered, in milliseconds: as long as a session may count without Redis. */
  readonly rememberMs: number;
  /** The longest time for one trip to Redis, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: { now(): number };
}

/** The value of a session that was signed out. */
const ENDED = 'ended';

const StoredSession = z.object({
  userId: z.string(),
  userName: z.string(),
  signedInAt: z.number(),
  expiresAt: z.number(),
  userAgent: z.string(),
  address: z.string(),
});

/**
 * Sessions in Redis: a value for each session, a sorted set for each user and one of all users, by absolute expiry. Every
 * command names one key, so the keys may be on different nodes of a cluster.
 */
export function createRedisSessions(options: RedisSessionsOptions): SessionStore {
  const { redis, keyPrefix, idleMs, maxMs, rememberMs, timeoutMs, clock } = options;
  const keyOf = (sessionHash: string) => `${keyPrefix}{${sessionHash}}`;
  const userKey = (userId: string) => `${keyPrefix}{user:${digestOf(userId)}}`;
  const endKey = (userId: string) => `${keyPrefix}{end:${digestOf(userId)}}`;
  const endedKey = `${keyPrefix}{ended}`;
  const usersKey = `${keyPrefix}{users}`;
  const epochKey = `${keyPrefix}{epoch}`;
  // The epoch outlives every session: its absence alone means that the store was emptied.
  const epochMs = 2 * maxMs;

  return {
    async add(session) {
      const { hash: sessionHash, userId, expiresAt, ...rest } = session;
      const index = userKey(userId);
      const ttlMs = Math.min(idleMs, expiresAt - clock.now());
      const value = JSON.stringify({ userId, expiresAt, ...rest });
      const [, , epoch, , , count] = await send([
        ['SET', epochKey, randomUUID(), 'NX', 'PX', epochMs],
        ['PEXPIRE', epochKey, epochMs],
        ['GET', epochKey],
        ['ZREMRANGEBYSCORE', index, '-inf', clock.now()],
        ['ZADD', index, expiresAt, sessionHash],
        ['ZCARD', index],
        ['PEXPIRE', index, maxMs],
        ['ZREMRANGEBYSCORE', usersKey, '-inf', clock.now()],
        ['ZADD', usersKey, expiresAt, userId],
        ['PEXPIRE', usersKey, maxMs],
        ['SET', keyOf(sessionHash), value, 'PX', ttlMs],
      ]);
      if (Number(count) > MAX_SESSIONS_PER_USER)
        await removeOldest(index, Number(count) - MAX_SESSIONS_PER_USER);
      return String(epoch);
    },
    async find(sessionHash) {
      const [value = null, epoch = null] = await send([
        ['GET', keyOf(sessionHash)],
        ['GET', epochKey],
      ]);
      const session = sessionOf(sessionHash, value);
      const isOver = session !== null && session.expiresAt <= clock.now();
      return {
        session: isOver ? null : session,
        epoch: epoch === null ? await newEpoch() : String(epoch),
        isEnded: String(value) === ENDED,
      };
    },
    async renew({ hash: sessionHash, expiresAt }) {
      const ttlMs = Math.min(idleMs, expiresAt - clock.now());
      if (ttlMs > 0)
        await send([
          ['PEXPIRE', keyOf(sessionHash), Math.ceil(ttlMs)],
          ['PEXPIRE', epochKey, epochMs],
        ]);
    },
    async remove(sessionHash, userId) {
      const key = keyOf(sessionHash);
      const [value = null] = await send([
        ['GET', key],
        ['DEL', key],
      ]);
      const owner = sessionOf(sessionHash, value)?.userId ?? userId;
      const commands: Command[] = [];
      if (owner !== null) commands.push(['ZREM', userKey(owner), sessionHash]);
      if (owner !== null || value !== null)
        commands.push(['SET', key, ENDED, 'PX', rememberMs], ...listEnded(sessionHash));
      // The session is removed. A Redis that is full refuses to remember it.
      if (commands.length > 0) await redis.send(commands, timeoutMs);
    },
    async endUser(userId, at) {
      const latest = Math.max(at, (await endedAt(userId)) ?? at);
      // A Redis that is full refuses it.
      const remember: Command = ['SET', endKey(userId), latest, 'PX', rememberMs];
      await redis.send([remember, ...listEnded(nameOfEnd(userId, at))], timeoutMs);
    },
    endedAt,
    async recentlyEnded() {
      const [names] = await send([['ZRANGE', endedKey, 0, -1]]);
      return textsOf(names);
    },
    ofUser,
    async list(maxUsers) {
      const [users] = await send([['ZRANGE', usersKey, -maxUsers, -1]]);
      const lists = await Promise.all(textsOf(users).toReversed().map(ofUser));
      return lists.flat();
    },
  };

  async function endedAt(userId: string): Promise<number | null> {
    const [at = null] = await send([['GET', endKey(userId)]]);
    return at === null ? null : Number(at);
  }

  function listEnded(name: string): readonly Command[] {
    const now = clock.now();
    return [
      ['ZADD', endedKey, now, name],
      ['ZREMRANGEBYSCORE', endedKey, '-inf', now - rememberMs],
      ['PEXPIRE', endedKey, rememberMs],
    ];
  }

  /** The epoch of a store that was emptied. The first process that notices it sets the epoch for all. */
  async function newEpoch(): Promise<string> {
    const [, epoch] = await send([
      ['SET', epochKey, randomUUID(), 'NX', 'PX', epochMs],
      ['GET', epochKey],
    ]);
    return String(epoch);
  }

  async function ofUser(userId: string): Promise<readonly Session[]> {
    const [members] = await send([['ZRANGE', userKey(userId), 0, -1]]);
    const hashes = textsOf(members);
    const values = hashes.length > 0 ? await send(hashes.map((each) => ['GET', keyOf(each)] as const)) : [];
    return hashes.flatMap((each, index) => sessionOf(each, values[index]) ?? []);
  }

  async function removeOldest(index: string, count: number): Promise<void> {
    const [oldest] = await send([['ZRANGE', index, 0, count - 1]]);
    const hashes = textsOf(oldest);
    if (hashes.length > 0)
      await send([['ZREM', index, ...hashes], ...hashes.map((each) => ['DEL', keyOf(each)] as const)]);
  }

  /** @throws the first refusal, because no part of the commands is enough. */
  async function send(commands: readonly Command[]): Promise<readonly Reply[]> {
    const replies = await redis.send(commands, timeoutMs);
    const refusal = replies.find((reply) => reply instanceof Error);
    if (refusal) throw refusal;
    return replies;
  }
}

/** Null for an absent value, and for one that this release does not know. */
function sessionOf(sessionHash: string, reply: Reply | undefined): Session | null {
  if (!(reply instanceof Buffer)) return null;
  try {
    return { hash: sessionHash, ...StoredSession.parse(JSON.parse(reply.toString())) };
  } catch {
    return null;
  }
}

function textsOf(reply: Reply | undefined): readonly string[] {
  return Array.isArray(reply) ? reply.map(String) : [];
}

// A user name can have any characters and any length.
function digestOf(userId: string): string {
  return hash('sha256', userId, 'base64url');
}
