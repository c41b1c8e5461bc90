import type { Backplane } from './backplane.ts';
import { type Batch, createBatch, keyOf, type Load, type Outcome } from './batch.ts';
import { type Budget, createBudget } from './budget.ts';
import { type Entry, freshness, isDueEarly } from './entry.ts';
import type { Report } from './events.ts';
import { createFailures } from './failures.ts';
import { createGenerations } from './generations.ts';
import { createInspector, type Inspection } from './inspector.ts';
import { createInvalidator, type Invalidation } from './invalidator.ts';
import type { KeyClass } from './key-class.ts';
import { createLeasedLoads, type FailureCodec } from './leased-loads.ts';
import { createLoads } from './loads.ts';
import { createLoneLoads } from './lone-loads.ts';
import type { MemoryStore } from './memory-store.ts';
import { createRuns, type Found } from './runs.ts';
import type { SharedTier } from './shared-tier.ts';
import { createTiers } from './tiers.ts';
import { createWaiters } from './waiters.ts';

export type { Load, Outcome } from './batch.ts';

export interface ReadOptions {
  /** What this request may still spend on Redis. Default: a budget of its own. */
  readonly budget?: Budget;
  /**
   * `default`: fresh or stale from the tiers, loaded where they have none. `refresh`: from a load that begins now,
   * shared with all who want one meanwhile.
   */
  readonly freshness?: 'default' | 'refresh';
}

/** A read-through cache of two tiers, this process's memory and Redis, whose entries are invalidated by tag. */
export interface Cache {
  /** One outcome for every id. What is missing comes from one `load` of just the ids that nobody is loading yet. */
  getMany<I, V>(
    keyClass: KeyClass<I, V>,
    ids: readonly I[],
    load: Load<I, NoInfer<V>>,
    options?: ReadOptions,
  ): Promise<ReadonlyMap<I, Outcome<V>>>;
  /** The value of one id, found as `getMany` finds it. Throws what `load` threw. */
  get<I, V>(keyClass: KeyClass<I, V>, id: I, load: (id: I) => Promise<V>, options?: ReadOptions): Promise<V>;
  /** What the tiers hold fresh for the id; undefined where that is nothing. Never loads, so nothing is renewed by it. */
  peek<I, V>(keyClass: KeyClass<I, V>, id: I, options?: Pick<ReadOptions, 'budget'>): Promise<V | undefined>;
  /**
   * Makes every entry of the tags a miss, however many there are. Once this resolves, this process answers from
   * nothing older, and every other within the trust time.
   * @throws InvalidationNotAcknowledged where Redis did not take it: some of it may be done, and trying again is safe.
   */
  invalidate(tags: readonly string[]): Promise<Invalidation>;
  /** What one request may spend on Redis: hand it to every read of the request. */
  newBudget(): Budget;
  /** What the tiers hold under a key, given with the prefix or as the name in its braces. Throws where Redis fails. */
  inspect(key: string): Promise<Inspection>;
  /** Resolves when no refresh and no write to Redis is under way any more. */
  idle(): Promise<void>;
}

export interface CacheOptions {
  /** What every key starts with. */
  readonly keyPrefix: string;
  readonly memory: MemoryStore;
  /** The tier that processes share, and how they tell each other; null for a process by itself. */
  readonly shared: SharedTier | null;
  readonly backplane: Backplane | null;
  readonly clock: { now(): number };
  /** Resolves after `ms`; rejects when `signal` aborts before. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A token that nobody else will ever give. */
  readonly newToken: () => string;
  readonly report: Report;
  readonly failureCodec: FailureCodec;
  /** How long this process believes what it holds in memory before it asks Redis for the generations again. */
  readonly trustMs: number;
  /** The longest that a request without a budget of its own waits for Redis, in milliseconds. */
  readonly budgetMs: number;
  readonly leaseMs: number;
  /** How long a caller waits for a load of another process before it loads by itself. */
  readonly waitMs: number;
  /** How long a trip to Redis may take that no answer waits for. */
  readonly tripMs: number;
}

export function createCache(options: CacheOptions): Cache {
  const { keyPrefix, memory, shared, backplane, clock, sleep, random, newToken, report } = options;
  // Without a Redis this process is the only authority on its generations, and need not ask anybody.
  const trustMs = shared ? options.trustMs : Number.POSITIVE_INFINITY;
  const generations = createGenerations(trustMs);
  const failures = createFailures();
  const waiters = createWaiters(sleep);
  const background = new Set<Promise<unknown>>();
  const tiers = createTiers({ shared, memory, generations, clock, report });
  const loads = createLoads({ memory, generations, failures, clock, sleep, random, report });
  const loneLoads = createLoneLoads(loads, generations, clock, shared ? null : newToken);
  const announce = (keys: readonly string[]) => {
    waiters.wake(keys);
    backplane?.publish({ type: 'settled', keys });
  };
  const parts = {
    ...options,
    generations,
    failures,
    tiers,
    loads,
    loneLoads,
    waiters,
    trustMs,
    newBudget,
    behind,
  };
  const leasedLoads = shared && createLeasedLoads({ ...parts, shared, announce });
  const runs = createRuns({ ...parts, leasedLoads });
  const invalidator = createInvalidator({ ...parts, detach: runs.detach });
  const inspect = createInspector({ ...options, currentToken: generations.tokenOf });

  backplane?.listen(
    (message) => {
      if (message.type === 'settled') waiters.wake(message.keys);
      else invalidator.hear(message.tags);
    },
    () => generations.doubt(),
  );

  return { getMany, get, peek, invalidate: invalidator.invalidate, inspect, newBudget, idle };

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
      : find(batch, keys, budget));
    return new Map([...batch.idByKey].map(([key, id]) => [id as I, outcomeOf(found.get(key)) as Outcome<V>]));
  }

  async function get<I, V>(
    keyClass: KeyClass<I, V>,
    id: I,
    load: (id: I) => Promise<V>,
    read?: ReadOptions,
  ): Promise<V> {
    const loadOne: Load<I, V> = async () => new Map([[id, await load(id)]]);
    const held = read?.freshness === 'refresh' ? undefined : freshInMemory(keyClass, id, loadOne);
    if (held) return held.value;
    const outcome = (await getMany(keyClass, [id], loadOne, read)).get(id);
    if (outcome instanceof Error) throw outcome;
    return outcome as V;
  }

  async function peek<I, V>(keyClass: KeyClass<I, V>, id: I, { budget }: Pick<ReadOptions, 'budget'> = {}) {
    const batch = createBatch(keyPrefix, keyClass, [id], async () => new Map()) as Batch;
    const { found, missing } = tiers.readMemory([...batch.idByKey.keys()]);
    const held = missing.length > 0 ? await runs.share('held', batch, missing, budget) : found;
    const [entry] = held.values();
    const isFresh = entry && !(entry instanceof Error) && freshness(entry, clock.now()) === 'fresh';
    return isFresh ? (entry.value as V) : undefined;
  }

  async function idle() {
    while (background.size > 0) await Promise.all(background);
  }

  function newBudget(): Budget {
    return createBudget(options.budgetMs, clock);
  }

  function behind(work: Promise<unknown>): void {
    const done = work
      .catch((cause: unknown) => report({ type: 'background-failed', cause }))
      .finally(() => background.delete(done));
    background.add(done);
  }

  /** The commonest of answers, with nothing made for it: one entry, in memory, fresh, and believed. */
  function freshInMemory<I, V>(keyClass: KeyClass<I, V>, id: I, load: Load<I, V>): Entry<V> | undefined {
    const key = keyOf(keyPrefix, keyClass, id);
    const entry = memory.get<V>(key);
    const now = clock.now();
    if (!entry || freshness(entry, now) !== 'fresh' || generations.judge(entry, now) !== 'valid')
      return undefined;
    report({ type: 'hit-memory', keyClass: keyClass.name, count: 1 });
    if (isDueEarly(entry, now, random)) {
      behind(runs.share('behind', createBatch(keyPrefix, keyClass, [id], load) as Batch, [key]));
    }
    return entry;
  }

  /** The entries of the keys, found or loaded. Those that are stale, or soon will be, are renewed behind them. */
  async function find(
    batch: Batch,
    keys: readonly string[],
    budget?: Budget,
  ): Promise<ReadonlyMap<string, Found>> {
    const askedAt = clock.now();
    const { found, missing } = tiers.readMemory(keys);
    if (found.size > 0) report({ type: 'hit-memory', keyClass: batch.keyClass.name, count: found.size });
    const entries = new Map<string, Found>(found);
    if (missing.length > 0) {
      for (const [key, entry] of await runs.share('missing', batch, missing, budget)) entries.set(key, entry);
    }
    await renew(batch, entries, askedAt);
    return entries;
  }

  /** Starts the refresh of what is stale or soon will be, and waits for it as long as the class says. */
  async function renew(batch: Batch, entries: Map<string, Found>, askedAt: number): Promise<void> {
    const now = clock.now();
    const renewable = [...entries.keys()].filter((key) => isRenewable(entries.get(key), askedAt, now));
    if (renewable.length === 0) return;
    const { name, policy } = batch.keyClass;
    report({ type: 'stale', keyClass: name, count: renewable.length });
    const renewed = runs.share('behind', batch, renewable);
    if (policy.softTimeoutMs === 0) return;
    for (const [key, entry] of (await Promise.race([renewed, sleep(policy.softTimeoutMs)])) ?? []) {
      if (entry !== null && !(entry instanceof Error)) entries.set(key, entry);
    }
  }

  function isRenewable(entry: Found | undefined, askedAt: number, now: number): boolean {
    if (!entry || entry instanceof Error) return false;
    // What was loaded for this very call is as new as it gets, however long the load took.
    if (entry.loadBeganAt >= askedAt) return false;
    return freshness(entry, now) === 'stale' || isDueEarly(entry, now, random);
  }
}

function outcomeOf(found: Found | undefined): Outcome<unknown> {
  if (found instanceof Error) return found;
  return found ? found.value : new Error('nothing was found or loaded');
}
