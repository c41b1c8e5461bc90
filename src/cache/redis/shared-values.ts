import { type Codec, decodeEntry, maxEncodedBytes } from '../engine/encoded-entry.ts';
import type { StoredEntry } from '../engine/entry.ts';
import type { Command, Reply } from './commands.ts';

/** The result of reading a key: an entry, nothing, or a value that is not a valid entry. */
export type StoredResult<V> = StoredEntry<V> | 'absent' | 'invalid';

/** Generations by tag, as read from Redis. A tag without a generation is left out. */
export type GenerationTokens = ReadonlyMap<string, string>;

/** The result for one lease: acquired, held by another process, or a failure that is still shared. */
export type LeaseState = 'acquired' | 'held' | { readonly failure: string };

// The prefix of a failure. During the pause after it, the value of the lease is the failure instead of an owner.
export const FAILURE_MARK = '!';

// A token has 36 bytes. A failure is a code and a message.
const MAX_TOKEN_BYTES = 64;
const MAX_LEASE_BYTES = 65_536;
const TOKEN = /^[\w-]+$/;

// GETRANGE, not GET, bounds the reply. Each read asks for one byte more than the longest valid value, which shows a longer
// one. An absent key reads as an empty string. A script that reads all keys in one command costs Redis fifteen times as much:
// Lua copies each value.

export function getEntry(key: string, codec: Pick<Codec<unknown>, 'maxBytes'>): Command {
  return ['GETRANGE', key, 0, maxEncodedBytes(codec)];
}

/** The value of a generation's key. */
export function getToken(key: string): Command {
  return ['GETRANGE', key, 0, MAX_TOKEN_BYTES];
}

/** The key of the lease of a key. The braces are the same, so both are in one slot. */
export function leaseKey(key: string): string {
  return `${key}:lease`;
}

/** The value of a lease's key. */
export function getLease(key: string): Command {
  return ['GETRANGE', key, 0, MAX_LEASE_BYTES];
}

/**
 * Whether the key has a foreign value that would stay: a value of another type, or an invalid lease or generation. An
 * invalid entry is overwritten.
 */
export function isForeign([name, , , maxBytes]: Command, reply: Reply): boolean {
  if (reply instanceof Error) return true;
  if (name !== 'GETRANGE' || !(reply instanceof Buffer) || reply.length === 0) return false;
  if (maxBytes === MAX_TOKEN_BYTES) return !isToken(reply);
  return maxBytes === MAX_LEASE_BYTES && !isLease(reply);
}

export function decode<V>(key: string, reply: Reply | undefined, codec: Codec<V>): StoredResult<V> {
  if (reply === null) return 'absent';
  if (!(reply instanceof Buffer)) return 'invalid';
  return reply.length === 0 ? 'absent' : (decodeEntry(key, reply, codec) ?? 'invalid');
}

export function leaseState(reply: Reply | undefined, owner: string): LeaseState {
  const holder = String(reply);
  if (holder === owner) return 'acquired';
  return reply instanceof Buffer && isLease(reply) && holder.startsWith(FAILURE_MARK)
    ? { failure: holder.slice(FAILURE_MARK.length) }
    : 'held';
}

export function tokensOf(tags: readonly string[], replies: readonly Reply[]): GenerationTokens {
  const tokens = new Map<string, string>();
  tags.forEach((tag, index) => {
    const reply = replies[index];
    if (reply instanceof Buffer && isToken(reply)) tokens.set(tag, reply.toString());
  });
  return tokens;
}

function isLease(reply: Buffer): boolean {
  return reply.length <= MAX_LEASE_BYTES && (isToken(reply) || reply.toString().startsWith(FAILURE_MARK));
}

function isToken(reply: Buffer): boolean {
  return reply.length <= MAX_TOKEN_BYTES && TOKEN.test(reply.toString());
}
