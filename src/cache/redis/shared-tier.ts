import { BEGAN_AT, BEGAN_LENGTH, type Codec, ENTRY_FORMAT } from '../engine/encoded-entry.ts';
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
  /** The owner of a held lease. It changes when another process acquires the lease. */
  readonly owner?: string;
}

export interface Fill {
  readonly key: string;
  readonly encoded: Buffer;
  /** How long Redis keeps the entry, in milliseconds. */
  readonly ttlMs: number;
  /** When its load began, in milliseconds since the epoch. */
  readonly loadBeganAt: number;
}

/**
 * Entries, generations and leases in Redis. Each method is one trip. It rejects if Redis did not reply or refused any
 * command: then it is unknown which commands were executed.
 */
export interface SharedTier {
  /** This process has stalled, and does not know yet whether Redis is reachable. */
  readonly isResuming: boolean;
  /** The entries of the keys, and the generations of the tags. */
  read<V>(
    keys: readonly string[],
    tags: readonly string[],
    codec: Codec<V>,
    timeoutMs: number,
  ): Promise<{ readonly found: readonly StoredResult<V>[]; readonly tokens: GenerationTokens }>;
  /** Tries to acquire each key's lease, then reads its entry. Creates missing generations of the tags, then reads all. */
  acquire<V>(
    keys: readonly string[],
    tags: readonly string[],
    lease: Lease,
    codec: Codec<V>,
    timeoutMs: number,
  ): Promise<{ readonly acquired: readonly Acquired<V>[]; readonly tokens: GenerationTokens }>;
  /** Renews leases. False for a lease that the owner has lost. */
  extend(keys: readonly string[], lease: Lease, timeoutMs: number): Promise<readonly boolean[]>;
  /** Releases the leases that the owner still has. */
  release(keys: readonly string[], owner: string, timeoutMs: number): Promise<void>;
  /** Stores entries and releases their leases. False for an entry whose lease was lost: it is not stored. */
  fill(fills: readonly Fill[], owner: string, timeoutMs: number): Promise<readonly boolean[]>;
  /** Stores entries without their leases, but does not replace an entry whose load began later. */
  put(fills: readonly Fill[], timeoutMs: number): Promise<void>;
  /** Replaces the leases that the owner still has by a failure, which all processes share for `pauseMs`. */
  fail(
    keys: readonly string[],
    owner: string,
    failure: string,
    pauseMs: number,
    timeoutMs: number,
  ): Promise<void>;
  /** Gives each tag its new generation. The result tells which tags had one. */
  renew(tokens: GenerationTokens, timeoutMs: number): Promise<ReadonlyMap<string, boolean>>;
}

export interface Lease {
  /** A random token, unique to the owner. */
  readonly owner: string;
  readonly leaseMs: number;
}

// Each script uses keys of one slot, and does nothing if the lease has another owner.
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
// The present value may have any type and may not be an entry: then its digits are not a time.
const PUT = `local began = tonumber(redis.pcall('GETRANGE', KEYS[1], ${BEGAN_AT}, ${BEGAN_AT + BEGAN_LENGTH - 1}))
if began and began > tonumber(ARGV[1]) and redis.call('GETRANGE', KEYS[1], 0, ${ENTRY_FORMAT.length - 1}) == '${ENTRY_FORMAT}' then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

// Renewed whenever an entry of the tag is loaded. A generation that expires causes misses, and nothing worse.
const GENERATION_TTL_MS = 7 * 24 * 60 * 60_000;

/**
 * Keys of generations start with `sourcePrefix`: caches that store one source in different forms share them, so that one
 * invalidation reaches them all. `newToken` returns a random token, unique among all processes.
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
        // After the lease: a new owner sees the entry that the last owner stored before it released the lease.
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
      // Not with the GET option of SET, which refuses to overwrite a value that is not a string.
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

  /** Deletes foreign values under the keys of leases and generations, which could otherwise never be acquired. */
  function dropForeign(commands: readonly Command[], replies: readonly Reply[], timeoutMs: number): void {
    const foreign = commands.filter((command, index) => isForeign(command, replies[index] as Reply));
    // After a failure, the next caller tries again.
    send(
      foreign.map(([, key = '']) => ['DEL', key]),
      timeoutMs,
    ).catch(() => {});
  }

  /** The replies. Throws the first refusal, except for a key of another type: that reply is an invalid value. */
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

/** The entry, if all its generations are current; otherwise null. A missing generation is not current. */
export function validEntry<V>(found: StoredResult<V>, tokens: GenerationTokens): StoredEntry<V> | null {
  if (typeof found === 'string' || 'sequence' in found.generations) return null;
  const { tags, generations } = found;
  return tags.every(
    (tag, index) => generations[index] !== undefined && tokens.get(tag) === generations[index],
  )
    ? found
    : null;
}
