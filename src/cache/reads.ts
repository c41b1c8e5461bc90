import { type Batch, createBatch, keyOf, type Load, type Outcome } from './batch.ts';
import type { Budget } from './budget.ts';
import type { Clock } from './clock.ts';
import { type Entry, freshness, isDueEarly } from './entry.ts';
import type { Report } from './events.ts';
import type { Generations } from './generations.ts';
import type { KeyClass } from './key-class.ts';
import type { MemoryStore } from './memory-store.ts';
import type { Found, Runs } from './runs.ts';
import type { Tiers } from './tiers.ts';

export interface ReadOptions {
  /** What this request may still spend on Redis. Default: a budget of its own. */
  readonly budget?: Budget;
  /**
   * `default`: fresh or stale from the tiers, loaded where they have none. `refresh`: from a load that begins now,
   * shared with all who want one meanwhile. `cached-only`: fresh or stale from the tiers, and NotCached where they
   * have none; nothing is loaded or renewed.
   */
  readonly freshness?: 'default' | 'refresh' | 'cached-only';
}

/** What `cached-only` gives for what is not cached. */
export class NotCached extends Error {
  override name = 'NotCached' as const;
}

export interface ReadsOptions {
  readonly keyPrefix: string;
  readonly memory: MemoryStore;
  readonly tiers: Tiers;
  readonly generations: Generations;
  readonly runs: Runs;
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
  readonly report: Report;
  /** Runs what no answer waits for. */
  readonly behind: (work: Promise<unknown>) => void;
}

export interface Reads {
  /** One outcome for every id. What is missing comes from one `load` of just the ids that nobody is loading yet. */
  getMany<I, V>(
    keyClass: KeyClass<I, V>,
    ids: readonly I[],
    load: Load<I, NoInfer<V>>,
    options?: ReadOptions,
  ): Promise<ReadonlyMap<I, Outcome<V>>>;
  /** The value of one id, found as `getMany` finds it. Throws what `load` threw. */
  get<I, V>(keyClass: KeyClass<I, V>, id: I, load: (id: I) => Promise<V>, options?: ReadOptions): Promise<V>;
  /** What the tiers hold fresh for the id; undefined where that is nothing. Nothing is loaded or renewed. */
  peek<I, V>(keyClass: KeyClass<I, V>, id: I, options?: Pick<ReadOptions, 'budget'>): Promise<V | undefined>;
}

/** What callers ask the cache for. */
export function createReads(options: ReadsOptions): Reads {
  const { keyPrefix, memory, tiers, generations, runs, clock, sleep, random, report, behind } = options;

  return {
    getMany,
    async get(keyClass, id, load, read) {
      const held = freshInMemory(keyClass, id);
      if (held && read?.freshness !== 'refresh') {
        if (read?.freshness !== 'cached-only' && isDueEarly(held, clock.now(), random)) {
          report({ type: 'refresh-early', keyClass: keyClass.name, count: 1 });
          const batch = createBatch(keyPrefix, keyClass, [id], loadOne(load));
          behind(runs.share('behind', batch as Batch, [...batch.idByKey.keys()]));
        }
        return held.value;
      }
      const outcome = (await getMany(keyClass, [id], loadOne(load), read)).get(id);
      if (outcome instanceof Error) throw outcome;
      return outcome as NonNullable<typeof outcome>;
    },
    async peek<I, V>(keyClass: KeyClass<I, V>, id: I, { budget }: Pick<ReadOptions, 'budget'> = {}) {
      const held = freshInMemory(keyClass, id);
      if (held) return held.value;
      const batch = createBatch(keyPrefix, keyClass, [id], async () => new Map()) as Batch;
      const [entry] = (await look('held', batch, [...batch.idByKey.keys()], budget)).values();
      const isFresh = entry && !(entry instanceof Error) && freshness(entry, clock.now()) === 'fresh';
      return isFresh ? (entry.value as V) : undefined;
    },
  };

  async function getMany<I, V>(
    keyClass: KeyClass<I, V>,
    ids: readonly I[],
    load: Load<I, V>,
    { budget, freshness = 'default' }: ReadOptions = {},
  ) {
    const batch = createBatch(keyPrefix, keyClass, ids, load) as Batch;
    const keys = [...batch.idByKey.keys()];
    const found = await (freshness === 'refresh'
      ? runs.share('refresh', batch, keys, budget)
      : freshness === 'cached-only'
        ? look('held', batch, keys, budget)
        : find(batch, keys, budget));
    return new Map(ids.map((id) => [id, outcomeOf<V>(found.get(keyOf(keyPrefix, keyClass, id)))]));
  }

  /** The commonest of answers, found without a batch and a run: one entry, in memory, fresh, and believed. */
  function freshInMemory<I, V>(keyClass: KeyClass<I, V>, id: I): Entry<V> | undefined {
    const entry = memory.get<V>(keyOf(keyPrefix, keyClass, id));
    if (!entry || freshness(entry, clock.now()) !== 'fresh' || generations.judge(entry) !== 'valid')
      return undefined;
    report({ type: 'hit-memory', keyClass: keyClass.name, count: 1 });
    return entry;
  }

  /** The entries of the keys, found or loaded. Those that are stale, or soon will be, are renewed behind them. */
  async function find(batch: Batch, keys: readonly string[], budget?: Budget) {
    const askedAt = clock.now();
    const entries = await look('missing', batch, keys, budget);
    await renew(batch, entries, askedAt);
    return entries;
  }

  /** The entries of the keys from the tiers, and where they have none from what the purpose says. */
  async function look(
    purpose: 'held' | 'missing',
    batch: Batch,
    keys: readonly string[],
    budget?: Budget,
  ): Promise<Map<string, Found>> {
    const { found, missing } = tiers.readMemory(keys);
    if (found.size > 0) report({ type: 'hit-memory', keyClass: batch.keyClass.name, count: found.size });
    const entries = new Map<string, Found>(found);
    if (missing.length > 0) {
      for (const [key, entry] of await runs.share(purpose, batch, missing, budget)) entries.set(key, entry);
    }
    return entries;
  }

  /** Starts the refresh of what is stale or soon will be, and waits for it as long as the class says. */
  async function renew(batch: Batch, entries: Map<string, Found>, askedAt: number): Promise<void> {
    const now = clock.now();
    const { name, policy } = batch.keyClass;
    const stale: string[] = [];
    const early: string[] = [];
    for (const [key, entry] of entries) {
      // What was loaded for this very call is as new as it gets, however long the load took.
      if (!entry || entry instanceof Error || entry.loadBeganAt >= askedAt) continue;
      if (freshness(entry, now) === 'stale') stale.push(key);
      else if (isDueEarly(entry, now, random)) early.push(key);
    }
    if (stale.length > 0) report({ type: 'stale', keyClass: name, count: stale.length });
    if (early.length > 0) report({ type: 'refresh-early', keyClass: name, count: early.length });
    if (stale.length + early.length === 0) return;
    const renewed = runs.share('behind', batch, [...stale, ...early]);
    if (policy.softTimeoutMs === 0) return;
    for (const [key, entry] of (await Promise.race([renewed, sleep(policy.softTimeoutMs)])) ?? []) {
      if (entry !== null && !(entry instanceof Error)) entries.set(key, entry);
    }
  }
}

function loadOne<I, V>(load: (id: I) => Promise<V>): Load<I, V> {
  return async ([id]) => new Map([[id as I, await load(id as I)]]);
}

function outcomeOf<V>(found: Found | undefined): Outcome<V> {
  if (found instanceof Error) return found;
  return found ? (found.value as V) : new NotCached('neither memory nor Redis has it');
}
