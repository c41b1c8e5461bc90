import type { LockHandle } from './engine/exclusive.ts';

/** One kind of values. */
export interface KeyValueDefinition {
  /** Its name in events. */
  readonly name: string;
  /** The maximum length of a value as JSON, in bytes, with about 100 bytes of envelope. */
  readonly maxBytes: number;
  /** How long each operation waits for Redis, in milliseconds. Default: a read the budget, a write the trip time. */
  readonly timeoutMs?: number;
}

/**
 * Small state that all processes share: texts in Redis, each with an expiry; in memory if there is no Redis. Nothing is
 * loaded, invalidated or kept in front of Redis. Every operation reports that Redis failed, and rejects then.
 */
export interface KeyValue {
  /** Null if there is no value, or what lies there is not a value of this format. */
  get(key: string): Promise<string | null>;
  has(key: string): Promise<boolean>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
  /** Whether the value was stored: false if there is one already. */
  setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean>;
  /**
   * Stores the value under the key of a lock that this process holds. Redis checks the lease and stores the value in one
   * step, so a process that lost its lock overwrites nothing.
   * @throws LockLost
   */
  setLocked(lock: LockHandle, value: string, ttlMs: number): Promise<void>;
  /** Extends the expiry of the value under the key of a lock, in the same way. */
  extendLocked(lock: LockHandle, ttlMs: number): Promise<'extended' | 'absent' | 'lock-lost'>;
}

/** A value is larger than its definition allows. */
export class ValueTooLarge extends Error {
  override name = 'ValueTooLarge' as const;
}
