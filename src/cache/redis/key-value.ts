import type { Clock } from '../clock.ts';
import { type Codec, decodeEntry, encodeEntry } from '../engine/encoded-entry.ts';
import { type LockHandle, LockLost } from '../engine/exclusive.ts';
import { redisKey } from '../engine/key-class.ts';
import type { Report } from '../events.ts';
import { type KeyValue, type KeyValueDefinition, ValueTooLarge } from '../key-value.ts';
import type { Command, RedisClient, Reply } from './commands.ts';
import { getEntry, leaseKey } from './shared-values.ts';

export interface RedisKeyValueOptions {
  readonly redis: RedisClient;
  readonly keyPrefix: string;
  readonly clock: Clock;
  readonly report: Report;
  readonly budgetMs: number;
  readonly tripMs: number;
}

// Each script uses the key of a lock and its lease (one slot), and does nothing if the lease has another owner.
const SET_LOCKED = `if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;
const EXTEND_LOCKED = `if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
return 1 + redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** The values in Redis. A value is stored as an entry without tags, so operators inspect it as they inspect an entry. */
export function createRedisKeyValue(
  { name, maxBytes, timeoutMs }: KeyValueDefinition,
  { redis, keyPrefix, clock, report, budgetMs, tripMs }: RedisKeyValueOptions,
): KeyValue {
  const codec: Codec<string> = { toJson: (text) => text, fromJson: toText, maxBytes };
  const keyOf = (key: string) => redisKey(keyPrefix, key);

  return {
    async get(key) {
      const entryKey = keyOf(key);
      const reply = await read('get', getEntry(entryKey, codec));
      if (reply instanceof Buffer && reply.length === 0) return null;
      const entry = reply instanceof Buffer ? decodeEntry(entryKey, reply, codec) : null;
      // A value with tags was stored by an earlier release. No current release invalidates it.
      if (entry && entry.tags.length === 0) return entry.value;
      report({ type: 'invalid-value', keyClass: name, count: 1 });
      return null;
    },
    has: async (key) => (await read('has', ['EXISTS', keyOf(key)])) === 1,
    async set(key, value, ttlMs) {
      await write('set', ['SET', keyOf(key), encode(key, value, ttlMs), 'PX', ttlMs]);
    },
    async setIfAbsent(key, value, ttlMs) {
      const command: Command = ['SET', keyOf(key), encode(key, value, ttlMs), 'NX', 'PX', ttlMs];
      return (await write('set', command)) !== null;
    },
    async setLocked(lock, value, ttlMs) {
      const stored = await underLease('set', SET_LOCKED, lock, encode(lock.key, value, ttlMs), ttlMs);
      if (stored === 0) throw new LockLost('the lock was lost before the value was stored');
    },
    async extendLocked(lock, ttlMs) {
      const extended = await underLease('extend', EXTEND_LOCKED, lock, ttlMs);
      if (extended === 0) return 'lock-lost';
      return extended === 1 ? 'absent' : 'extended';
    },
  };

  function encode(key: string, value: string, ttlMs: number): Buffer {
    const now = Math.floor(clock.now());
    const times = { loadBeganAt: now, loadMs: 0, freshUntil: now + ttlMs, staleUntil: now + ttlMs };
    const { encoded, bytes } = encodeEntry(keyOf(key), { value, ...times, tags: [], generations: [] }, codec);
    if (bytes <= maxBytes) return encoded;
    report({ type: 'too-large', keyClass: name, count: 1 });
    throw new ValueTooLarge(`the value has ${bytes} bytes, of ${maxBytes} at most`);
  }

  function underLease(
    operation: string,
    script: string,
    { key, owner }: LockHandle,
    ...args: readonly (Buffer | number)[]
  ) {
    const entryKey = keyOf(key);
    return write(operation, ['EVAL', script, 2, entryKey, leaseKey(entryKey), owner ?? '', ...args]);
  }

  function read(operation: string, command: Command): Promise<Reply> {
    return send(operation, command, timeoutMs ?? budgetMs);
  }

  function write(operation: string, command: Command): Promise<Reply> {
    return send(operation, command, timeoutMs ?? tripMs);
  }

  async function send(operation: string, command: Command, ms: number): Promise<Reply> {
    try {
      const [reply = null] = await redis.send([command], ms);
      // A value of another type was not stored by the gateway, and reads as absent.
      if (reply instanceof Error && !(operation === 'get' && reply.message.startsWith('WRONGTYPE')))
        throw reply;
      return reply;
    } catch (cause) {
      report({ type: 'store-failed', operation, keyClass: name, cause });
      throw cause;
    }
  }
}

function toText(json: unknown): string {
  if (typeof json !== 'string') throw new TypeError('the value is not a text');
  return json;
}
