// The only entry of the cache module: nothing outside imports another file of it.
export { type Clock, systemClock } from './clock.ts';
export type { Load, Outcome } from './engine/batch.ts';
export type { Budget } from './engine/budget.ts';
export { type Cache, createCache } from './engine/cache.ts';
export { type Codec, ENTRY_FORMAT } from './engine/codec.ts';
export type { Derived, DerivedStore, FoundDerived } from './engine/derived.ts';
export type { Entry } from './engine/entry.ts';
export type { HeldEntry, Inspection } from './engine/inspector.ts';
export { type Invalidation, InvalidationNotAcknowledged } from './engine/invalidator.ts';
export {
  type AdaptiveBounds,
  type Ages,
  defineKeyClass,
  InvalidDefinition,
  type KeyClass,
  type KeyClassDefinition,
  type Policy,
} from './engine/key-class.ts';
export type { FailureCodec } from './engine/leased-loads.ts';
export { type CacheRead, readChannel } from './engine/read-channel.ts';
export { NotCached, type ReadOptions, type RecordedEntry } from './engine/read-options.ts';
export type { HeldTurn, Turn } from './engine/turns.ts';
export type { CacheEvent, InvalidationSource, Report } from './events.ts';
export { createMemoryStore } from './memory/memory-store.ts';
export { createRedisBackplane } from './redis/backplane.ts';
export { createRedisClient } from './redis/client.ts';
export { connectRedis, connectSubscriber } from './redis/connection.ts';
export { withoutCommand } from './redis/error.ts';
export { readRedisFacts } from './redis/facts.ts';
export { escapeGlob, isKeyCursor, KeysNotListed, scanKeys, scanPage } from './redis/keys.ts';
export { createSharedPauses } from './redis/shared-pauses.ts';
export { createSharedTier } from './redis/shared-tier.ts';
export { isFromRedisClient } from './redis/stray.ts';
