import type { Cache } from '../../src/cache/engine/cache.ts';
import type { KeyClass, LoadOutcome } from '../../src/cache/engine/key-class.ts';
import type { Catalogs } from '../../src/repository/catalogs.ts';
import type { Read } from '../../src/repository/index.ts';
import type { Sellers } from '../../src/repository/sellers.ts';
import { createUpcomingCatalogs, type DatedCatalogs } from '../../src/repository/upcoming.ts';
import { catalog, seller } from '../support/records.ts';
import type { Member } from './fleet.ts';
import type { History } from './history.ts';
import { IDS } from './keys.ts';
import { type Outcomes, readIds } from './read-ids.ts';
import type { Scheduler } from './scheduler.ts';
import type { Upstream } from './upstream.ts';

/** All items of the simulated cache as the gateway's own value that is derived from the entries of several keys. */
export interface Collection {
  /** The item of each id; none for an item whose load failed. */
  read(read: Read): Promise<{ readonly outcomes: Outcomes; readonly complete: boolean }>;
}

export interface CollectionOptions {
  readonly keyClass: KeyClass<number, number | null>;
  readonly upstream: Upstream;
  readonly scheduler: Scheduler;
  readonly history: History;
}

const [LIST_ID, ...ITEM_IDS] = IDS;
// The item of the list itself goes through the collection as a seller that no key stands for.
const PSEUDO = 1_000_000;

/**
 * Item 1 stands for the list of sellers, and the others for the catalogs of one seller each. The start date of a catalog
 * is the value of its item.
 */
export function createCollection(member: Member, options: CollectionOptions): Collection {
  const { keyClass, upstream, scheduler, history } = options;
  const { cache, process, life } = member;
  const load = upstream.loadOf(member);

  const sellers = {
    async list(_, read) {
      const item = (await during(read, [LIST_ID])).get(LIST_ID);
      if (item instanceof Error) throw item;
      return [...ITEM_IDS, ...(item === null ? [] : [PSEUDO + (item as number)])].map((id) => seller(id));
    },
  } as Pick<Sellers, 'list'> as Sellers;
  const catalogs = {
    async ofSellers(ids, _, read) {
      const outcomes = await during(
        read,
        ids.filter((id) => id < PSEUDO),
      );
      return new Map(
        ids.map((id): [number, LoadOutcome<DatedCatalogs['catalogs']>] => {
          if (id >= PSEUDO) return [id, [catalog(LIST_ID, { startDate: new Date(id - PSEUDO) })]];
          const item = outcomes.get(id);
          if (item instanceof Error) return [id, item];
          return [id, item === null ? [] : [catalog(id, { startDate: new Date(item as number) })]];
        }),
      );
    },
  } as Pick<Catalogs, 'ofSellers'> as Catalogs;
  const upcoming = createUpcomingCatalogs({
    ...{
      cache: cache as Cache,
      sellers,
      catalogs,
      keyClasses: { sellers: keyClass, catalogs: keyClass } as never,
    },
    clock: { monotonic: () => scheduler.now() + 1000 * life },
  });

  return {
    async read(read) {
      const { catalogs: items, failures } = await upcoming.ofAll(read);
      const complete = failures.length === 0;
      return {
        outcomes: new Map(complete ? [...absences(), ...valuesOf(items)] : valuesOf(items)),
        complete,
      };
    },
  };

  /** Reads the ids, and records a read in the background, which renews entries that are still fresh. */
  async function during(read: Read, ids: readonly number[]): Promise<Outcomes> {
    const renewal = { process, startedAt: scheduler.now(), endedAt: Number.POSITIVE_INFINITY };
    if (read.background) history.renewals.push(renewal);
    return readIds(cache, keyClass, ids, load, read).finally(() => {
      renewal.endedAt = scheduler.now();
    });
  }
}

function absences(): [number, null][] {
  return IDS.map((id) => [id, null]);
}

function valuesOf(items: DatedCatalogs['catalogs']): [number, number][] {
  return items.map(({ id, startDate }) => [id, startDate?.getTime() ?? Number.NaN]);
}
