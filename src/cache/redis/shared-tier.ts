import { BEGAN_AT, BEGAN_LENGTH, type Codec, ENTRY_FORMAT } from '../engine/codec.ts';
import type { StoredEntry } from '../engine/entry.ts';
import type { Command, RedisClient, Reply } from './commands.ts';
import {
  decode,
  FAILURE_MARK,
  type GenerationTokens,
  getEntry,
  getLease,
  getToken,
  isForeign,
  type LeaseState,
  leaseKey,
  leaseState,
  type StoredResult,
  tokensOf,
} from './shared-values.ts';

export type { GenerationTokens, StoredResult } from './shared-values.ts';

export interface Acquired<V> {
  readonly found: StoredResult<V>;
  readonly lease: LeaseState;
  /** Who has the lease, where it is held: another owner once it has changed hands. */
  readonly owner?: string;
}

export interface Fill {
  readonly key: string;
  readonly encoded: Buffer;
  /** How long Redis is to keep it. */
  readonly ttlMs: number;
  /** When its load began, in milliseconds since the epoch. */
  readonly loadBeganAt: number;
}

/**
 * Entries, generations and leases in Redis. Each method is one trip, and rejects where Redis did not take part in
 * it or refused, be it one command of many: then nothing is known of what was done.
 */
export interface SharedTier {
  /** This process has stalled, and it is not known yet whether Redis is there. */
  readonly isResuming: boolean;
  /** The entries of the keys, and the generations of the tags. */
  read<V>(
    keys: readonly string[],
    tags: readonly string[],
    codec: Codec<V>,
    timeoutMs: number,
  ): Promise<{ readonly found: readonly StoredResult<V>[]; readonly tokens: GenerationTokens }>;
  /** Tries for the lease of each key, then reads its entry; gives each tag a generation if it has none, then reads that. */
  acquire<V>(
    keys: readonly string[],
    tags: readonly string[],
    lease: Lease,
    codec: Codec<V>,
    timeoutMs: number,
  ): Promise<{ readonly acquired: readonly Acquired<V>[]; readonly tokens: GenerationTokens }>;
  /** Puts off the end of leases. False for one that is not the owner's any more. */
  extend(keys: readonly string[], lease: Lease, timeoutMs: number): Promise<readonly boolean[]>;
  /** Lets go of leases, as far as they are the owner's. */
  release(keys: readonly string[], owner: string, timeoutMs: number): Promise<void>;
  /** Stores entries and lets go of their leases. False for one whose lease is not the owner's: that is not stored. */
  fill(fills: readonly Fill[], owner: string, timeoutMs: number): Promise<readonly boolean[]>;
  /** Stores entries whoever has their leases, but none in the place of one whose load began later. */
  put(fills: readonly Fill[], timeoutMs: number): Promise<void>;
  /** Turns leases, as far as they are the owner's, into a failure that all who ask share for `pauseMs`. */
  fail(
    keys: readonly string[],
    owner: string,
    failure: string,
    pauseMs: number,
    timeoutMs: number,
  ): Promise<void>;
  /** Gives each tag its new generation. Tells of each whether it had one. */
  renew(tokens: GenerationTokens, timeoutMs: number): Promise<ReadonlyMap<string, boolean>>;
}

export interface Lease {
  /** Nobody else's: a random token. */
  readonly owner: string;
  readonly leaseMs: number;
}

// Each names keys of one slot, and does nothing where the lease has become somebody else's.
const EXTEND =
  "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0";
const RELEASE =
  "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";
const FAIL =
  "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) return 1 end return 0";
const FILL = `if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return 1`;
// What lies there may be of any type, and may not be an entry: digits in another's value are no time.
const PUT = `local began = tonumber(redis.pcall('GETRANGE', KEYS[1], ${BEGAN_AT}, ${BEGAN_AT + BEGAN_LENGTH - 1}))
if began and began > tonumber(ARGV[1]) and redis.call('GETRANGE', KEYS[1], 0, ${ENTRY_FORMAT.length - 1}) == '${ENTRY_FORMAT}' then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

// Put off whenever an entry of the tag is loaded. One that runs out all the same makes misses, and nothing worse.
const GENERATION_TTL_MS = 7 * 24 * 60 * 60_000;

/**
 * `sourcePrefix` is what the keys of generations start with: caches that keep entries of one source in different forms
 * share them, so that one invalidation reaches all. `newToken` gives a random token that no other process gives.
 */
export function createSharedTier(
  redis: RedisClient,
  sourcePrefix: string,
  newToken: () => string,
): SharedTier {
  return {
    get isResuming() {
      return redis.isResuming ?? false;
    },
    async read(keys, tags, codec, timeoutMs) {
      const replies = await send(
        [...keys.map((key) => getEntry(key, codec)), ...tags.map((tag) => getToken(generationKey(tag)))],
        timeoutMs,
      );
      const found = keys.map((key, index) => decode(key, replies[index], codec));
      return { found, tokens: tokensOf(tags, replies.slice(keys.length)) };
    },
    async acquire(keys, tags, { owner, leaseMs }, codec, timeoutMs) {
      const tries = keys.flatMap((key): Command[] => [
        ['SET', leaseKey(key), owner, 'NX', 'PX', leaseMs],
        getLease(leaseKey(key)),
        // After the lease: who wins it sees what its last holder stored before letting go of it.
        getEntry(key, codec),
      ]);
      const generations = tags.flatMap((tag): Command[] => [
        ['SET', generationKey(tag), newToken(), 'NX', 'PX', GENERATION_TTL_MS],
        ['PEXPIRE', generationKey(tag), GENERATION_TTL_MS],
        getToken(generationKey(tag)),
      ]);
      const commands = [...tries, ...generations];
      const replies = await send(commands, timeoutMs);
      dropForeign(commands, replies, timeoutMs);
      const acquired = keys.map((key, index) => ({
        lease: leaseState(replies[3 * index + 1], owner),
        owner: String(replies[3 * index + 1]),
        found: decode(key, replies[3 * index + 2], codec),
      }));
      const read = replies.slice(3 * keys.length).filter((_, index) => index % 3 === 2);
      return { acquired, tokens: tokensOf(tags, read) };
    },
    async extend(keys, { owner, leaseMs }, timeoutMs) {
      return (
        await send(
          keys.map((key) => ['EVAL', EXTEND, 1, leaseKey(key), owner, leaseMs]),
          timeoutMs,
        )
      ).map(isOne);
    },
    async release(keys, owner, timeoutMs) {
      await send(
        keys.map((key) => ['EVAL', RELEASE, 1, leaseKey(key), owner]),
        timeoutMs,
      );
    },
    async fill(fills, owner, timeoutMs) {
      const commands = fills.map(({ key, encoded, ttlMs }): Command => {
        return ['EVAL', FILL, 2, key, leaseKey(key), owner, encoded, ttlMs];
      });
      return (await send(commands, timeoutMs)).map(isOne);
    },
    async put(fills, timeoutMs) {
      const commands = fills.map(({ key, encoded, ttlMs, loadBeganAt }): Command => {
        return ['EVAL', PUT, 1, key, Math.floor(loadBeganAt), encoded, ttlMs];
      });
      await send(commands, timeoutMs);
    },
    async fail(keys, owner, failure, pauseMs, timeoutMs) {
      const mark = FAILURE_MARK + failure;
      await send(
        keys.map((key) => ['EVAL', FAIL, 1, leaseKey(key), owner, mark, pauseMs]),
        timeoutMs,
      );
    },
    async renew(tokens, timeoutMs) {
      // Not with SET's own GET, which refuses to write over what is no string.
      const commands = [...tokens].flatMap(([tag, token]): Command[] => [
        ['EXISTS', generationKey(tag)],
        ['SET', generationKey(tag), token, 'PX', GENERATION_TTL_MS],
      ]);
      const replies = await send(commands, timeoutMs);
      return new Map([...tokens.keys()].map((tag, index) => [tag, isOne(replies[2 * index] ?? null)]));
    },
  };

  function generationKey(tag: string): string {
    return `${sourcePrefix}generation:{${tag}}`;
  }

  /** Makes room where something lies that is not ours: a lease or generation could never be acquired. */
  function dropForeign(commands: readonly Command[], replies: readonly Reply[], timeoutMs: number): void {
    const foreign = commands.filter((command, index) => isForeign(command, replies[index] as Reply));
    // What fails here is tried again by the next who comes.
    send(
      foreign.map(([, key = '']) => ['DEL', key]),
      timeoutMs,
    ).catch(() => {});
  }

  /** The replies, all of them good. A key of a type that cannot be read is a bad value, and stays in the replies. */
  async function send(commands: readonly Command[], timeoutMs: number): Promise<readonly Reply[]> {
    if (commands.length === 0) return [];
    const replies = await redis.send(commands, timeoutMs);
    for (const reply of replies) if (reply instanceof Error && !isForeignType(reply)) throw reply;
    return replies;
  }
}

function isOne(reply: Reply): boolean {
  return reply === 1;
}

function isForeignType({ message }: Error): boolean {
  return message.startsWith('WRONGTYPE');
}

/** The entry, where one was found whose generations are the current ones. A generation that is missing validates nothing. */
export function validEntry<V>(found: StoredResult<V>, tokens: GenerationTokens): StoredEntry<V> | null {
  if (typeof found === 'string' || 'sequence' in found.generations) return null;
  const { tags, generations } = found;
  return tags.every(
    (tag, index) => generations[index] !== undefined && tokens.get(tag) === generations[index],
  )
    ? found
    : null;
}
