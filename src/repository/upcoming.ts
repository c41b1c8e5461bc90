import type { Budget, Cache, Derived, RecordedEntry, Trial } from '../cache/index.ts';
import { bySoonest, type Catalog } from '../domain/catalog.ts';
import type { Clock } from '../domain/clock.ts';
import type { List } from '../domain/list.ts';
import type { MaybePromise } from '../domain/maybe-promise.ts';
import type { Catalogs } from './catalogs.ts';
import type { KeyClasses } from './key-classes.ts';
import { UPCOMING } from './keys.ts';
import { oncePerObject } from './once-per-object.ts';
import type { Read } from './read.ts';
import { idsOf } from './rows.ts';
import type { Sellers } from './sellers.ts';
import { inSlices } from './slices.ts';
import { sortInSlices } from './sorting.ts';

/** The dated catalogs of sellers, each once, soonest first. */
export interface DatedCatalogs {
  readonly catalogs: readonly Catalog[];
  /** The number of sellers whose catalogs were requested. */
  readonly sellers: number;
  /** An error for each seller whose catalogs could not be loaded. They are missing in the list. */
  readonly failures: readonly Error[];
}

export interface UpcomingCatalogs {
  /** @throws the error of the list of sellers, if that cannot be loaded and no valid value is kept. */
  ofAll(read: Read): MaybePromise<DatedCatalogs>;
  /** Unknown sellers have no catalogs. */
  ofSellers(sellerIds: readonly number[], read: Read): Promise<DatedCatalogs>;
}

export interface UpcomingOptions {
  readonly cache: Cache;
  readonly sellers: Sellers;
  readonly catalogs: Catalogs;
  readonly keyClasses: Pick<KeyClasses, 'sellers' | 'catalogs'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** A list that was made for a read, and what it was made of. */
interface Made extends DatedCatalogs {
  readonly recorded: readonly RecordedEntry[];
}

// More lists in one trip to Redis would delay other requests.
const SELLERS_PER_BATCH = 500;

// A catalog takes about this much, if its seller's list is not in memory too.
const BYTES_PER_CATALOG = 300;
const MAX_BYTES = 128 * 1024 * 1024;

// Lists expire one after another. A rebuild refreshes all that would expire in this part of their lifetime, so that the
// next rebuild is not due at once.
const RENEWED_PART = 0.2;
const REBUILD_PAUSE_MS = 1000;

/**
 * The catalogs of all sellers are kept as a value derived from the entries of the sellers: it has their tags, and is
 * invalid when one of them is. A stale value is served while another one is made.
 */
export function createUpcomingCatalogs(options: UpcomingOptions): UpcomingCatalogs {
  const { cache, sellers, catalogs, keyClasses, clock } = options;
  const store = cache.derived<DatedCatalogs>({
    name: UPCOMING,
    isShared: false,
    codec: { toJson: () => null, fromJson: () => neverStored() },
    memoryBytes: MAX_BYTES,
    maxBytes: MAX_BYTES,
    weigh: (dated) => BYTES_PER_CATALOG * dated.catalogs.length,
  });
  // Made once: the tags of all sellers are many.
  const sourcesOf = oncePerObject((held: Derived<DatedCatalogs>): readonly RecordedEntry[] =>
    store.sourcesOf(held).map((entry) => ({ entry, keyClass: UPCOMING, key: UPCOMING, tier: 'memory' })),
  );
  let rebuiltAt = Number.NEGATIVE_INFINITY;

  return {
    ofAll: (read) => (read.trial ? atOnce(read.trial, read) : ofAll(read)),
    async ofSellers(sellerIds, read) {
      read.trial?.refuse();
      return record(await make(new Set(sellerIds), read, [], () => read.budget), read);
    },
  };

  function atOnce(trial: Trial, read: Read): DatedCatalogs {
    const held = read.maxAgeMs === undefined ? store.peek(UPCOMING) : undefined;
    if (!held || clock.monotonic() >= held.freshUntil) return trial.refuse();
    trial.onCommit(() => noteHit(held));
    recordSources(held, read);
    return held.value;
  }

  async function ofAll(read: Read): Promise<DatedCatalogs> {
    const held = read.mode === 'refresh' ? undefined : await find(read);
    if (held && (!read.awaitRefresh || clock.monotonic() < held.freshUntil)) {
      rebuildIfStale(held, read);
      return serve(held, read);
    }
    const [built] = await Promise.allSettled([build(read)]);
    if (built.status === 'fulfilled' && built.value.failures.length === 0) return record(built.value, read);
    // A complete list of any age is better than an incomplete one or none: it has not been invalidated.
    const complete = await find({ budget: read.budget });
    if (complete) return serve(complete, read);
    if (built.status === 'rejected') throw built.reason;
    return record(built.value, read);
  }

  /** The value that this process holds, if it is valid and as new as the read demands. */
  async function find({
    budget,
    maxAgeMs = Number.POSITIVE_INFINITY,
  }: Pick<Read, 'budget' | 'maxAgeMs'>): Promise<Derived<DatedCatalogs> | undefined> {
    const held = store.peek(UPCOMING) ?? (await store.find(UPCOMING, budget))?.derived;
    const isNewEnough =
      maxAgeMs === Number.POSITIVE_INFINITY ||
      (held !== undefined && !held.isAgeUnknown && clock.monotonic() - held.loadBeganAt <= maxAgeMs);
    return isNewEnough ? held : undefined;
  }

  function serve(held: Derived<DatedCatalogs>, read: Read): DatedCatalogs {
    noteHit(held);
    recordSources(held, read);
    return held.value;
  }

  function noteHit(held: Derived<DatedCatalogs>): void {
    // The tags of all sellers would make all of them equally popular.
    store.noteHit({ ...held, tags: [] }, 'memory');
  }

  function recordSources(held: Derived<DatedCatalogs>, read: Read): void {
    for (const each of sourcesOf(held)) read.record?.(each);
  }

  function record({ recorded, ...dated }: Made, read: Read): DatedCatalogs {
    for (const each of recorded) read.record?.(each);
    return dated;
  }

  function rebuildIfStale({ freshUntil }: Derived<DatedCatalogs>, { requester, ...read }: Read): void {
    const now = clock.monotonic();
    if (now < freshUntil || now - rebuiltAt < REBUILD_PAUSE_MS) return;
    rebuiltAt = now;
    const { maxAgeMs: _, ...rest } = read;
    // The stale value stands if this fails, and a later read tries again.
    build({ ...rest, requester: {}, awaitRefresh: true, background: true }).catch(() => {});
  }

  /** Makes the value, or joins the read that is making it. */
  async function build(read: Read): Promise<Made> {
    const { mode = '', maxAgeMs = '', awaitRefresh = '' } = read;
    const begin = () => store.join(`${UPCOMING} ${mode} ${maxAgeMs} ${awaitRefresh}`, () => makeOfAll(read));
    const run = begin();
    const made = await run.result;
    store.noteMiss(run.joined);
    // What another read began with may have lost its trust since.
    return run.joined && !store.isTrusted(entriesOf(made)) ? begin().result : made;
  }

  async function makeOfAll(read: Read): Promise<Made> {
    const recorded: RecordedEntry[] = [];
    // Each batch has a Redis budget of its own: together they take longer than one request may wait for Redis.
    const all = await sellers.list(undefined, {
      ...batchRead(read, recorded, keyClasses.sellers),
      budget: cache.newBudget(),
    });
    const made = await make(new Set(idsOf(all)), read, recorded, cache.newBudget);
    const { recorded: _, ...dated } = made;
    if (made.failures.length === 0) store.keep(UPCOMING, dated, entriesOf(made));
    return made;
  }

  async function make(
    sellerIds: ReadonlySet<number>,
    read: Read,
    recorded: RecordedEntry[],
    budgetOfBatch: () => Budget,
  ): Promise<Made> {
    const ids = [...sellerIds];
    const failures: Error[] = [];
    const lists: List<Catalog>[] = [];
    for (let start = 0; start < ids.length; start += SELLERS_PER_BATCH) {
      const batch = ids.slice(start, start + SELLERS_PER_BATCH);
      const loaded = await catalogs.ofSellers(batch, undefined, {
        ...batchRead(read, recorded, keyClasses.catalogs),
        budget: budgetOfBatch(),
      });
      for (const list of loaded.values()) {
        if (list instanceof Error) failures.push(list);
        else lists.push(list);
      }
    }
    const began = new Map(recorded.map(({ entry }) => [entry.value, entry.loadBeganAt]));
    const merged = await merge(lists, (list) => began.get(list) ?? 0);
    return { catalogs: merged, sellers: ids.length, failures, recorded };
  }

  function batchRead(
    read: Read,
    recorded: RecordedEntry[],
    { policy }: KeyClasses['sellers' | 'catalogs'],
  ): Read {
    const shortestMs = policy.adaptive?.floorMs ?? policy.freshMs;
    return {
      ...read,
      record: (each) => void recorded.push(each),
      ...(read.background && { freshForMs: RENEWED_PART * shortestMs }),
    };
  }
}

/** The dated catalogs of the lists, each once. Of two versions, the one whose load began later. */
async function merge(
  lists: readonly List<Catalog>[],
  loadBeganAt: (list: List<Catalog>) => number,
): Promise<readonly Catalog[]> {
  const latest = new Map<number, { readonly catalog: Catalog; readonly beganAt: number }>();
  await inSlices(lists, (list) => {
    const beganAt = loadBeganAt(list);
    for (const catalog of list) {
      const other = latest.get(catalog.id);
      if (!other || other.beganAt < beganAt) latest.set(catalog.id, { catalog, beganAt });
    }
  });
  const dated: Catalog[] = [];
  for (const { catalog } of latest.values()) if (catalog.startDate !== null) dated.push(catalog);
  return sortInSlices(dated, bySoonest);
}

function entriesOf({ recorded }: Made) {
  return recorded.map(({ entry }) => entry);
}

function neverStored(): never {
  throw new TypeError('this value is kept in memory alone');
}
