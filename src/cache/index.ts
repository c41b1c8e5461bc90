// The only entry of the cache module: nothing outside imports another file of it.
export { type Clock, sleep, systemClock } from './clock.ts';
export type { Cache } from './engine/cache.ts';
export type { Derived, DerivedStore, FoundDerived } from './engine/derived.ts';
export { type BytesForm, type Codec, ENTRY_FORMAT } from './engine/encoded-entry.ts';
export type { Entry } from './engine/entry.ts';
export { type ExclusiveResult, type LockHandle, lockKey } from './engine/exclusive.ts';
export type { HeldEntry, Inspection } from './engine/inspector.ts';
export { type Invalidation, InvalidationNotAcknowledged } from './engine/invalidator.ts';
export type { Load, LoadOutcome } from './engine/key-class.ts';
export {
  type AdaptiveBounds,
  type Ages,
  defineKeyClass,
  InvalidDefinition,
  type KeyClass,
  type KeyClassDefinition,
  type Policy,
} from './engine/key-class.ts';
export type { FailureCodec } from './engine/leases.ts';
export type { Budget, ReadOptions, RecordedEntry } from './engine/read-options.ts';
export { type CacheRead, readChannel } from './engine/reads.ts';
export { createSingleFlight } from './engine/single-flight.ts';
export { NotAtOnce, type Trial } from './engine/trial.ts';
export type { Watch, Watched } from './engine/watch.ts';
export type { CacheEvent, InvalidationSource, Report } from './events.ts';
export { type CacheModule, openCache } from './open-cache.ts';
export type { RedisAdmin } from './redis/admin.ts';
export type { Command, RedisClient, Reply } from './redis/commands.ts';
export { redisClientError } from './redis/errors.ts';
export { escapeGlob, isKeyCursor, type KeyPage, KeysNotListed } from './redis/keys.ts';
export { openRedisState, type RedisState } from './redis/open-state.ts';
