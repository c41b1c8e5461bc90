import { tracingChannel } from 'node:diagnostics_channel';
import { type Entry, freshness, isDueEarly } from './entry.ts';
import type { EntryOutcome } from './flights.ts';
import type { Generations } from './generations.ts';
import { type Batch, createBatch, type KeyClass, keyOf, type Load, type LoadOutcome } from './key-class.ts';
import {
  createLookupState,
  createRefresher,
  isCounted,
  type LookupState,
  type RefresherOptions,
} from './lookup.ts';
import type { Popularity } from './popularity.ts';
import { isTooOld, NotCached, type ReadOptions, type RecordedEntry, type Tier } from './read-options.ts';
import type { Tiers } from './tiers.ts';
import { createTrials, type Trial } from './trial.ts';

export interface ReadsOptions extends RefresherOptions {
  readonly keyPrefix: string;
  readonly tiers: Tiers;
  readonly generations: Generations;
  readonly popularity: Popularity;
  /** Runs work that no request waits for. */
  readonly runInBackground: (work: Promise<unknown>) => void;
}

export interface Reads {
  /** One outcome for each id. One `load` gets all missing ids that nobody is loading yet. */
  getMany<I, V>(
    keyClass: KeyClass<I, V>,
    ids: readonly I[],
    load: Load<I, NoInfer<V>>,
    options?: ReadOptions,
  ): Promise<ReadonlyMap<I, LoadOutcome<V>>>;
  /** The value of one id, found as `getMany` finds it. Throws what `load` threw. */
  get<I, V>(keyClass: KeyClass<I, V>, id: I, load: (id: I) => Promise<V>, options?: ReadOptions): Promise<V>;
  /**
   * The value of the id in the tiers, if it is fresh and new enough for the options; else undefined. With `cache-only` a
   * stale value, or one of any age, is accepted. Nothing is loaded or refreshed.
   */
  peek<I, V>(keyClass: KeyClass<I, V>, id: I, options?: ReadOptions): Promise<V | undefined>;
  /** Reads that memory must answer at once. */
  newTrial(): Trial;
}

/**
 * A read, top to bottom: fresh in memory (`get` and `peek` only); the tiers, and a load of what they lack; the refresh of
 * what is stale. `lookup-state.ts` has what was found so far.
 */
export function createReads(options: ReadsOptions): Reads {
  const { keyPrefix, memory, tiers, generations, flights, popularity } = options;
  const { clock, random, report, runInBackground } = options;
  const refresher = createRefresher(options);

  return {
    getMany,
    newTrial: createTrials({ ...options, refreshEarly }),
    async get(keyClass, id, load, read) {
      const entry = read?.mode === 'refresh' ? undefined : freshInMemory(keyClass, id, read);
      if (entry) {
        if (read?.mode !== 'cache-only' && isDueEarly(entry, clock.monotonic(), random))
          refreshEarly(keyClass, id, load);
        return entry.value;
      }
      const outcome = (await getMany(keyClass, [id], loadOne(load), read)).get(id);
      if (outcome instanceof Error) throw outcome;
      return outcome as NonNullable<typeof outcome>;
    },
    async peek<I, V>(keyClass: KeyClass<I, V>, id: I, read: ReadOptions = {}) {
      const fresh = freshInMemory(keyClass, id, read);
      if (fresh) return fresh.value;
      const readAt = Math.floor(clock.monotonic());
      const batch = createBatch(keyPrefix, keyClass, [id], async () => new Map()) as Batch;
      const [key = ''] = batch.idByKey.keys();
      const state = await look('lookup', batch, [key], read);
      const entry = state.entryOf(key);
      if (!entry) return undefined;
      const isAcceptable =
        read.mode === 'cache-only' ||
        (freshness(entry, clock.monotonic()) === 'fresh' && !isTooOld(entry, read, readAt));
      if (!isAcceptable) return undefined;
      recordAll(keyClass.name, state, read, readAt);
      return entry.value as V;
    },
  };

  function refreshEarly<I, V>(keyClass: KeyClass<I, V>, id: I, load: (id: I) => Promise<V>): void {
    report({ type: 'refresh-early', keyClass: keyClass.name, count: 1 });
    const batch = createBatch(keyPrefix, keyClass, [id], loadOne(load));
    runInBackground(flights.join('background', batch as Batch, [...batch.idByKey.keys()]));
  }

  /** The most frequent case, without a batch or a flight: one entry in memory, fresh and trusted. */
  function freshInMemory<I, V>(keyClass: KeyClass<I, V>, id: I, read?: ReadOptions): Entry<V> | undefined {
    const key = keyOf(keyPrefix, keyClass, id);
    const entry = memory.get<V>(key);
    const now = clock.monotonic();
    if (!entry || freshness(entry, now) !== 'fresh' || generations.judge(entry) !== 'valid') return undefined;
    if (read && isTooOld(entry, read, now)) return undefined;
    if (isCounted(read)) report({ type: 'hit-memory', keyClass: keyClass.name, count: 1 });
    record({ entry, keyClass: keyClass.name, key, tier: 'memory' }, read);
    return entry;
  }

  async function getMany<I, V>(
    keyClass: KeyClass<I, V>,
    ids: readonly I[],
    load: Load<I, V>,
    read: ReadOptions = {},
  ) {
    const readAt = Math.floor(clock.monotonic());
    const batch = createBatch(keyPrefix, keyClass, ids, load) as Batch;
    const keys = [...batch.idByKey.keys()];
    const state = await find(batch, keys, read, readAt);
    recordAll(keyClass.name, state, read, readAt);
    return new Map(ids.map((id) => [id, outcomeOf<V>(state.outcomes.get(keyOf(keyPrefix, keyClass, id)))]));
  }

  async function find(
    batch: Batch,
    keys: readonly string[],
    read: ReadOptions,
    readAt: number,
  ): Promise<LookupState> {
    const { mode = 'default', budget, maxAgeMs } = read;
    if (mode === 'refresh') {
      const state = createLookupState();
      state.add(await flights.join('force', batch, keys, budget, maxAgeMs));
      return state;
    }
    if (mode === 'cache-only') return look('lookup', batch, keys, read);
    const state = await look('miss', batch, keys, read);
    await refresher.refresh(batch, keys, state, read, readAt);
    return state;
  }

  /** The entries of the keys in the tiers. A `miss` loads what they lack. */
  async function look(
    mode: 'lookup' | 'miss',
    batch: Batch,
    keys: readonly string[],
    { budget }: ReadOptions,
  ): Promise<LookupState> {
    const { found, missing } = tiers.readMemory(keys);
    const state = createLookupState(found);
    if (missing.length > 0) state.add(await flights.join(mode, batch, missing, budget));
    return state;
  }

  function recordAll(keyClass: string, state: LookupState, read: ReadOptions, readAt: number): void {
    if (isCounted(read)) state.report(keyClass, report);
    for (const key of state.outcomes.keys()) {
      const entry = state.entryOf(key);
      if (entry) record({ entry, keyClass, key, tier: state.tierOf(key, entry, readAt) }, read);
    }
  }

  function record(recorded: RecordedEntry, read?: ReadOptions): void {
    // A read that keeps entries warm does not count: they would stay popular by that alone.
    if (isCounted(read)) popularity.note(recorded.entry.tags);
    read?.record?.(recorded);
  }
}

function loadOne<I, V>(load: (id: I) => Promise<V>): Load<I, V> {
  return async ([id]) => new Map([[id as I, await load(id as I)]]);
}

function outcomeOf<V>(outcome: EntryOutcome | undefined): LoadOutcome<V> {
  if (outcome instanceof Error) return outcome;
  return outcome ? (outcome.value as V) : new NotCached('the entry is not in the cache');
}

/** One read of the cache, as subscribers of `readChannel` receive it. */
export interface CacheRead {
  readonly method: 'get' | 'getMany' | 'peek';
  readonly keyClass: string;
  /** Number of ids that the read requests. */
  readonly ids: number;
  /** Number of entries found so far, by tier. */
  readonly found: Record<Tier, number>;
  /** Set at the end of the read. */
  readonly result?: unknown;
}

/** A tracing channel of node:diagnostics_channel: `tracing:catalog-gateway:cache:read:start` and so on. */
export const readChannel = tracingChannel<object, CacheRead>('catalog-gateway:cache:read');

/** Publishes reads on `readChannel`. Without a subscriber, it does nothing. */
export function publishReads(reads: Reads): Reads {
  return {
    getMany: (keyClass, ids, load, options) =>
      publish('getMany', keyClass.name, ids.length, options, (read) =>
        reads.getMany(keyClass, ids, load, read),
      ),
    get: (keyClass, id, load, options) =>
      publish('get', keyClass.name, 1, options, (read) => reads.get(keyClass, id, load, read)),
    peek: (keyClass, id, options) =>
      publish('peek', keyClass.name, 1, options, (read) => reads.peek(keyClass, id, read)),
    newTrial: reads.newTrial,
  };
}

function publish<T>(
  method: CacheRead['method'],
  keyClass: string,
  ids: number,
  options: ReadOptions | undefined,
  work: (options?: ReadOptions) => Promise<T>,
): Promise<T> {
  if (!readChannel.hasSubscribers) return work(options);
  const found: Record<Tier, number> = { memory: 0, redis: 0, load: 0 };
  const record: ReadOptions['record'] = (recorded) => {
    found[recorded.tier] += 1;
    options?.record?.(recorded);
  };
  return readChannel.tracePromise(() => work({ ...options, record }), { method, keyClass, ids, found });
}
