import { encodeEntry } from './codec.ts';
import type { Entry } from './entry.ts';
import { type Flights, share } from './flights.ts';
import type { KeyClass } from './key-class.ts';
import type { Fill } from './store.ts';
import { createTiers, type Holding, type TiersOptions } from './tiers.ts';

/** A value, or why there is none. */
export type Outcome<V> = V | Error;

/** Loads what the cache does not have: one outcome for every id it is given. A rejection is the outcome of all. */
export type Load<I, V> = (ids: readonly I[]) => Promise<ReadonlyMap<I, Outcome<V>>>;

/** A read-through cache of two tiers: this process's memory, then a store that processes share. */
export interface Cache {
  /**
   * One outcome for every id. Fresh values come from the tiers; stale ones too, while one refresh runs behind
   * them; the missing come from one `load` of just those that nobody is loading already.
   */
  getMany<I, V>(
    keyClass: KeyClass<I, V>,
    ids: readonly I[],
    load: Load<I, NoInfer<V>>,
  ): Promise<ReadonlyMap<I, Outcome<V>>>;
  /** The value of one id, found as `getMany` finds it. Throws what `load` threw. */
  get<I, V>(keyClass: KeyClass<I, V>, id: I, load: (id: I) => Promise<V>): Promise<V>;
  /** What the tiers hold for the id, fresh or stale; undefined where they hold nothing. Never loads. */
  peek<I, V>(keyClass: KeyClass<I, V>, id: I): Promise<V | undefined>;
  /** Resolves when no refresh and no write to the shared store is under way any more. */
  idle(): Promise<void>;
}

export interface CacheOptions extends TiersOptions {
  /** What every key starts with. */
  readonly keyPrefix: string;
  readonly random: () => number;
}

/** One call: its ids by their keys, and how to load them. */
interface Batch<I, V> {
  readonly keyClass: KeyClass<I, V>;
  readonly idByKey: ReadonlyMap<string, I>;
  readonly load: Load<I, V>;
}

type Outcomes = ReadonlyMap<string, Outcome<unknown>>;

// Keys that were filled together would expire together and be loaded together: spread them by a tenth.
const JITTER = 0.1;

export function createCache(options: CacheOptions): Cache {
  const { keyPrefix, clock, random, report } = options;
  const tiers = createTiers(options);
  const lookups: Flights<Outcome<unknown>> = new Map();
  const loads: Flights<Outcome<unknown>> = new Map();
  const background = new Set<Promise<unknown>>();

  return { getMany, get, peek, idle };

  async function getMany<I, V>(keyClass: KeyClass<I, V>, ids: readonly I[], load: Load<I, V>) {
    const batch = { keyClass, load, idByKey: new Map(ids.map((id) => [keyPrefix + keyClass.key(id), id])) };
    const held = tiers.readMemory(keyClass, [...batch.idByKey.keys()]);
    refresh(held, keyClass, (stale) => lookUp(batch, stale));
    const outcomes = new Map([...valuesOf(held), ...(await lookUp(batch, held.missing))]);
    return new Map([...batch.idByKey].map(([key, id]) => [id, outcomes.get(key) as Outcome<V>]));
  }

  async function get<I, V>(keyClass: KeyClass<I, V>, id: I, load: (id: I) => Promise<V>): Promise<V> {
    const outcomes = await getMany(keyClass, [id], async () => new Map([[id, await load(id)]]));
    const outcome = outcomes.get(id);
    if (outcome instanceof Error) throw outcome;
    return outcome as V;
  }

  async function peek<I, V>(keyClass: KeyClass<I, V>, id: I): Promise<V | undefined> {
    const key = keyPrefix + keyClass.key(id);
    const held = tiers.readMemory(keyClass, [key]);
    const { fresh, stale } = held.missing.length > 0 ? await tiers.readShared(keyClass, [key]) : held;
    return (fresh.get(key) ?? stale.get(key))?.value;
  }

  async function idle() {
    while (background.size > 0) await Promise.all(background);
  }

  /** What the shared tier holds; what it does not is loaded. */
  function lookUp<I, V>(batch: Batch<I, V>, keys: readonly string[]): Promise<Outcomes> {
    return share(lookups, keys, async (own) => {
      const held = await tiers.readShared(batch.keyClass, own);
      refresh(held, batch.keyClass, (stale) => loadNow(batch, stale));
      // A refresh of another caller may have landed while the shared tier was being asked.
      const landed = tiers.readMemory(batch.keyClass, held.missing).fresh;
      const missing = held.missing.filter((key) => !landed.has(key));
      return new Map([...valuesOf(held), ...valuesIn(landed), ...(await loadNow(batch, missing))]);
    });
  }

  function loadNow<I, V>(
    { keyClass, idByKey, load }: Batch<I, V>,
    keys: readonly string[],
  ): Promise<Outcomes> {
    return share(loads, keys, async (own) => {
      report({ type: 'miss', keyClass: keyClass.name, count: own.length });
      const loadBeganAt = clock.now();
      const loaded = await settle(
        load,
        own.map((key) => idByKey.get(key) as I),
      );
      const outcomes = new Map(own.map((key) => [key, loaded(idByKey.get(key) as I)]));
      fill(keyClass, outcomes, loadBeganAt);
      return outcomes;
    });
  }

  function fill<V>(
    keyClass: KeyClass<never, V>,
    outcomes: ReadonlyMap<string, Outcome<V>>,
    loadBeganAt: number,
  ) {
    const fills: Fill<V>[] = [];
    const failures: Error[] = [];
    for (const [key, outcome] of outcomes) {
      if (outcome instanceof Error) failures.push(outcome);
      else fills.push(createFill(keyClass, key, outcome, loadBeganAt));
    }
    const [cause] = failures;
    if (cause) report({ type: 'load-failed', keyClass: keyClass.name, count: failures.length, cause });
    if (fills.length === 0) return;
    report({ type: 'fill', keyClass: keyClass.name, count: fills.length });
    behind(tiers.write(keyClass, fills));
  }

  function createFill<V>(keyClass: KeyClass<never, V>, key: string, value: V, loadBeganAt: number): Fill<V> {
    const { freshMs, staleMs } = value === null ? (keyClass.absentTtl ?? keyClass.ttl) : keyClass.ttl;
    const freshUntil = loadBeganAt + Math.round(freshMs * (1 + JITTER * (2 * random() - 1)));
    const entry = { value, loadBeganAt, freshUntil, staleUntil: freshUntil + staleMs };
    const encoded = encodeEntry(entry, keyClass.codec);
    return { key, entry: { ...entry, bytes: encoded.length }, encoded };
  }

  /** Starts the one refresh of what is stale. Its failure is reported where it happens, and the stale stays. */
  function refresh<V>(
    held: Holding<V>,
    { name }: { name: string },
    run: (keys: readonly string[]) => Promise<unknown>,
  ) {
    if (held.stale.size === 0) return;
    report({ type: 'stale', keyClass: name, count: held.stale.size });
    behind(run([...held.stale.keys()]));
  }

  function behind(work: Promise<unknown>) {
    background.add(work);
    work.finally(() => background.delete(work));
  }
}

/** The outcome of each id of one load, whatever the load does: reject, or leave an id out. */
async function settle<I, V>(load: Load<I, V>, ids: readonly I[]): Promise<(id: I) => Outcome<V>> {
  try {
    const loaded = await load(ids);
    return (id) => (loaded.has(id) ? (loaded.get(id) as Outcome<V>) : new Error('the load left an id out'));
  } catch (cause) {
    const failure = cause instanceof Error ? cause : new Error('the load failed', { cause });
    return () => failure;
  }
}

function valuesOf<V>({ fresh, stale }: Holding<V>): (readonly [string, V])[] {
  return [...valuesIn(fresh), ...valuesIn(stale)];
}

function valuesIn<V>(entries: ReadonlyMap<string, Entry<V>>): (readonly [string, V])[] {
  return [...entries].map(([key, { value }]) => [key, value]);
}
