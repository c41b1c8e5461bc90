import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { CountedEvent, Report } from '../events.ts';
import { isSameLoad, toLocal, UNBOUNDED } from '../memory/local-entry.ts';
import type { MemoryUsage } from '../memory/memory-store.ts';
import { type SharedTier, type Tokens, validEntry } from '../redis/shared-tier.ts';
import { redisKey } from './batch.ts';
import type { Budget } from './budget.ts';
import { encodeEntry } from './codec.ts';
import { type Dependencies, dependenciesOf, judgeAll } from './dependencies.ts';
import type { Derived, DerivedDefinition, FoundDerived } from './derived-value.ts';
import type { Entry } from './entry.ts';
import type { Generations } from './generations.ts';
import { type InheritedTimes, inheritTimes } from './inherited-times.ts';
import type { Popularity } from './popularity.ts';
import { createRevalidator } from './revalidator.ts';
import type { IsServable } from './servable.ts';
import { createSharedWork, type SharedWork } from './shared-work.ts';

export type { Derived, DerivedDefinition, FoundDerived } from './derived-value.ts';

/** Values that are made of entries and inherit from them: their tags, their generations, their times. */
export interface DerivedStore<V> {
  /** What this process holds under the name and may believe at once, fresh or stale. */
  held(name: string): Derived<V> | undefined;
  /** The same, where need be after asking Redis: one trip for what is doubted, two for what only Redis holds. */
  find(name: string, budget: Budget): Promise<FoundDerived<V> | undefined>;
  /** Counts that a value was found and served. What looks tells nothing by itself: the caller may want it newer. */
  noteHit(served: Derived<V>, tier: FoundDerived<V>['tier']): void;
  /** Counts that none was served that had been there: one had to be made, or another's that was being made was shared. */
  noteMiss(shared: boolean): void;
  /** Keeps a value made of the entries; null for one that an invalidation has overtaken, or that is none to keep. */
  keep(name: string, value: V, sources: readonly Entry<unknown>[], terms?: Terms): Derived<V> | null;
  readonly share: SharedWork;
  /** Whether what was made of the entries may be believed at once. */
  believes(sources: readonly Entry<unknown>[]): boolean;
  usage(): MemoryUsage;
}

/** What a value is kept by beside its entries. */
interface Terms {
  /** Ends it at a time by which no entry goes: milliseconds since the epoch. */
  readonly until?: number;
}

export interface DerivedOptions {
  readonly keyPrefix: string;
  readonly shared: SharedTier | null;
  readonly generations: Generations;
  readonly isServable: IsServable;
  readonly popularity: Popularity;
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<void>;
  readonly report: Report;
  /** How long memory is believed before Redis is asked, in milliseconds. */
  readonly trustMs: number;
  readonly tripMs: number;
  readonly newBudget: () => Budget;
  /** Runs work that no request waits for. */
  readonly runInBackground: (work: Promise<unknown>) => void;
}

interface Item<V> extends Derived<V>, InheritedTimes {
  readonly dependencies: readonly Dependencies[];
  /** It was found valid, and is until then if the epoch of the generations is still this one. */
  proven: { readonly epoch: number; readonly until: number };
}

const UNPROVEN = { epoch: -1, until: Number.NEGATIVE_INFINITY };
const NEW = { kept: true, proven: UNPROVEN };

export function createDerivedStore<V>(
  definition: DerivedDefinition<V>,
  options: DerivedOptions,
): DerivedStore<V> {
  const { name: kind, memoryBytes, weigh, maxBytes, policy = '' } = definition;
  const { keyPrefix, generations, isServable, popularity, clock, sleep, report } = options;
  const { trustMs, tripMs, newBudget, runInBackground } = options;
  const shared = memoryBytes > 0 ? options.shared : null;
  const keyOf = (name: string) => redisKey(keyPrefix, `${name}${policy}`);
  // As JSON a value may take about twice what it weighs.
  const codec = { ...definition.codec, maxBytes: 2 * definition.maxBytes };
  const items = new LRUCache<string, Item<V>>({
    maxSize: memoryBytes || 1,
    sizeCalculation: ({ value, tags }, name) => weigh(value) + 100 * tags.length + 2 * name.length + 400,
  });
  const revalidator = createRevalidator<Item<V>>({
    // The generations of all its tags: what comes is judged by what is known when it is there.
    async read(item, budget) {
      if (!shared) return;
      await askFor(item.tags, budget, shared);
      item.proven = UNPROVEN;
    },
    onFailed: (cause) => report({ type: 'store-failed', operation: 'confirm', keyClass: kind, cause }),
    pauseMs: trustMs / 2,
    joinMs: trustMs,
    clock,
  });
  const share = createSharedWork({ generations, clock, trustMs });

  return {
    held(name) {
      const item = alive(name);
      const now = clock.monotonic();
      if (!item || !isBelieved(item, now)) return undefined;
      // Asked again while it is still believed, so that nobody waits who reads it often.
      const isDue = item.proven.until - now < trustMs / 2 && item.proven !== UNPROVEN;
      if (isDue && revalidator.isDue(item)) runInBackground(revalidator.revalidate(item, newBudget()));
      return item;
    },
    async find(name, budget) {
      const item = alive(name);
      if (item && judge(item) === 'unverified') await revalidator.revalidate(item, budget);
      if (item && isServable(item.dependencies)) return { derived: item, tier: 'memory' };
      const found = shared && (await read(name, budget, shared));
      return found ? { derived: put(name, found), tier: 'redis' } : undefined;
    },
    noteHit({ tags }, tier) {
      count(tier === 'memory' ? 'hit-memory' : 'hit-redis');
      popularity.note(tags);
    },
    noteMiss: (shared) => count(shared ? 'coalesced' : 'miss'),
    keep(name, value, sources, { until = Number.POSITIVE_INFINITY } = {}) {
      const dependencies = dependenciesOf(sources);
      if (!dependencies || sources.length === 0) return null;
      const tags = [...new Set(dependencies.flatMap((proof) => proof.tags))];
      const item: Item<V> = { value, ...inheritTimes(sources, until, clock), tags, dependencies, ...NEW };
      if (weigh(value) > maxBytes) {
        count('too-large');
        return { ...item, kept: false };
      }
      if (item.staleUntil <= clock.monotonic()) return null;
      // It would never be served, and could stand in a newer one's place.
      if (judge(item) === 'invalid') {
        count('fill-discarded');
        return null;
      }
      if (shared) runInBackground(store(name, item, shared));
      return put(name, item);
    },
    share,
    believes: (sources) => judgeAll(generations, sources) === 'valid',
    usage: () => ({ bytes: items.calculatedSize, items: items.size }),
  };

  /** Takes it into memory, unless what is there began later and is still good. */
  function put(name: string, item: Item<V>): Derived<V> {
    const held = items.peek(name);
    const isOlder = held && held.loadBeganAt > item.loadBeganAt && !isSameLoad(held.stored, item.stored);
    if (isOlder && judge(held) !== 'invalid') return item;
    items.set(name, item);
    return items.peek(name) === item ? item : { ...item, kept: false };
  }

  function alive(name: string): Item<V> | undefined {
    const item = items.get(name);
    // By both clocks: setting one back prolongs nothing, and past midnight it is another day, however that came.
    const isAlive = item && clock.monotonic() < item.staleUntil && clock.now() < item.stored.staleUntil;
    return isAlive ? item : undefined;
  }

  /** Whether it is valid without asking. Most are asked for many times between two changes of what is known. */
  function isBelieved(item: Item<V>, now: number): boolean {
    if (item.proven.epoch === generations.epoch && now < item.proven.until) return true;
    if (judge(item) !== 'valid') return false;
    const [proof, ...others] = item.dependencies;
    // What began without knowing its generations is judged anew each time.
    if (proof && others.length === 0 && !('sequence' in proof.generations))
      item.proven = { epoch: generations.epoch, until: generations.trustedUntil(item.tags) };
    return true;
  }

  function judge({ dependencies }: Item<V>) {
    return judgeAll(generations, dependencies);
  }

  /** The current generations of the tags, which this process knows from then on. */
  async function askFor(tags: readonly string[], budget: Budget, tier: SharedTier): Promise<Tokens> {
    const time = generations.tick();
    const { tokens } = await budget.spend((ms) => tier.read([], tags, codec, ms));
    for (const tag of tags) generations.learn(tag, tokens.get(tag), time);
    return tokens;
  }

  async function read(name: string, budget: Budget, tier: SharedTier): Promise<Item<V> | undefined> {
    try {
      const [found] = (await budget.spend((ms) => tier.read([keyOf(name)], [], codec, ms))).found;
      if (found === 'invalid') count('invalid-value');
      if (typeof found !== 'object') return undefined;
      const local = toLocal(found, UNBOUNDED, clock, items.peek(name));
      const item: Item<V> = { ...local, dependencies: [found], ...NEW };
      if (item.staleUntil <= clock.monotonic() || found.staleUntil <= clock.now()) return undefined;
      if (judge(item) === 'valid') return item;
      const tokens = await askFor(found.tags, budget, tier);
      // By what Redis said just now, and by what this process has acknowledged meanwhile.
      return validEntry(found, tokens) && judge(item) !== 'invalid' ? item : undefined;
    } catch (cause) {
      report({ type: 'store-failed', operation: 'read', keyClass: kind, cause });
      return undefined;
    }
  }

  async function store(name: string, item: Item<V>, tier: SharedTier): Promise<void> {
    const [proof, ...others] = item.dependencies;
    // What began while Redis could not be asked validates nothing elsewhere. What is of unknown age would pass for new.
    if (!proof || item.isAgeUnknown || others.length > 0 || 'sequence' in proof.generations) return;
    // Encoding takes a while, and the answer has not been sent yet.
    await sleep(0);
    const { value, stored } = item;
    const ttlMs = Math.ceil(item.staleUntil - clock.monotonic());
    if (ttlMs <= 0) return;
    const key = keyOf(name);
    const { encoded, bytes } = encodeEntry(key, { value, loadMs: 0, ...stored, ...proof }, codec);
    if (bytes > codec.maxBytes) return;
    await tier
      .put([{ key, encoded, ttlMs, loadBeganAt: stored.loadBeganAt }], tripMs)
      .catch((cause: unknown) => {
        report({ type: 'store-failed', operation: 'put', keyClass: kind, cause });
      });
  }

  function count(type: CountedEvent): void {
    report({ type, keyClass: kind, count: 1 });
  }
}
