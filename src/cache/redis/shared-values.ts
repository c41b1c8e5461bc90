import { type Codec, decodeEntry, maxEncodedBytes } from '../engine/codec.ts';
import type { StoredEntry } from '../engine/entry.ts';
import type { Command, Reply } from './commands.ts';

/** What lies under a key: an entry, nothing, or something that is none of ours. */
export type StoredResult<V> = StoredEntry<V> | 'absent' | 'invalid';

/** Generations by tag, as Redis had them. A tag that has none is not in it. */
export type GenerationTokens = ReadonlyMap<string, string>;

/** What trying for a key's lease brought: it, or that another has it, or the failure that is being waited out. */
export type LeaseState = 'won' | 'held' | { readonly failure: string };

// What a lease holds in the place of its owner while a failure is waited out.
export const FAILURE_MARK = '!';

// A random token of ours has 36 bytes, and a failure is a code and a message.
const MAX_TOKEN_BYTES = 64;
const MAX_LEASE_BYTES = 65_536;
const TOKEN = /^[\w-]+$/;

// GETRANGE, not GET: Redis bounds what it sends. Each reads one byte more than a value of ours can have, so a longer
// one is known by that. What is not there reads as nothing.

export function getEntry(key: string, codec: Pick<Codec<unknown>, 'maxBytes'>): Command {
  return ['GETRANGE', key, 0, maxEncodedBytes(codec)];
}

/** The value of a generation's key. */
export function getToken(key: string): Command {
  return ['GETRANGE', key, 0, MAX_TOKEN_BYTES];
}

/** The key of the lease of a key, in the same slot: it has the same braces. */
export function leaseKey(key: string): string {
  return `${key}:lease`;
}

/** The value of a lease's key. */
export function getLease(key: string): Command {
  return ['GETRANGE', key, 0, MAX_LEASE_BYTES];
}

/**
 * Whether something lies under the key that is not ours and would stay: a value of another type, or one of a lease or a
 * generation that nobody of ours wrote. An entry that is not ours is written over.
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
  if (holder === owner) return 'won';
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
