import type { AdaptiveBounds, Cache, CacheModule } from '../cache/index.ts';
import type { Clock } from '../domain/clock.ts';
import type { CatalogApi } from '../upstream/catalog-api.ts';
import { type Arrangements, createArrangements } from './arrangements.ts';
import { type BusinessDay, createBusinessCalendar } from './business-day.ts';
import { type Catalogs, createCatalogs } from './catalogs.ts';
import { type ChangeSignals, createChangeSignals } from './change-signals.ts';
import type { Report } from './events.ts';
import { createFutureCatalogs, type FutureCatalogs } from './future-catalogs.ts';
import { createKeyClasses, type TtlPolicy } from './key-classes.ts';
import { createMaintenance, type Maintenance, type MaintenanceOptions } from './maintenance/maintenance.ts';
import { createOperations, type Operations } from './operations.ts';
import { createRead, type Read, type ReadDemand } from './read.ts';
import { createSellers, type Sellers } from './sellers.ts';
import { createUpcomingCatalogs, type UpcomingCatalogs } from './upcoming.ts';

export type { Arrangement } from './arrangements.ts';
export type { ChangeSignal, ChangeSignals } from './change-signals.ts';
export { canonicalFilter, type FilterInput, filterKey } from './filters.ts';
export type { Maintenance } from './maintenance/maintenance.ts';
export { pageOf } from './pages.ts';
export type { Read, ReadDemand, Recording } from './read.ts';
export { searchWords } from './search-words.ts';
export { sellersByDisplayId, sellersById } from './sellers.ts';

/** Sellers and catalogs, from the cache in front of the upstream. */
export interface Repository {
  readonly sellers: Sellers;
  readonly catalogs: Catalogs;
  readonly operations: Operations;
  /** Change signals from the source. */
  readonly signals: ChangeSignals;
  /** Maintenance of the cache: polls, warm-up and refreshes before expiry. */
  createMaintenance(
    options: Omit<MaintenanceOptions, 'cache' | 'keyValue' | 'api' | 'keyClasses' | 'report'>,
  ): Maintenance;
  /** The state that all reads of one request share. */
  newRead(demand?: ReadDemand): Read;
  /** The same for a request whose reads must all be answered at once. */
  newTrial(): Read;
  /** The business day that decides which catalogs are future. */
  today(): BusinessDay;
  readonly futureOf: FutureCatalogs;
  /** The dated catalogs of all sellers. */
  readonly upcoming: UpcomingCatalogs;
  /** Searches and orders lists. */
  readonly arrange: Arrangements;
}

export interface RepositoryOptions {
  readonly cache: Cache;
  /** Opens the small state that processes share. */
  readonly keyValue: CacheModule['keyValue'];
  readonly api: CatalogApi;
  readonly ttlMs: TtlPolicy;
  /** Bounds of adaptive lifetimes, in milliseconds; null for fixed lifetimes. */
  readonly adaptiveTtl: AdaptiveBounds | null;
  /** IANA name of the zone whose midnight decides which catalogs are future. */
  readonly businessTimeZone: string;
  /** BCP 47 tag of the language by whose alphabet names and titles are ordered. */
  readonly sortLocale: string;
  readonly clock: Clock;
  readonly report: Report;
}

export function createRepository({
  cache,
  keyValue,
  api,
  ttlMs,
  adaptiveTtl,
  businessTimeZone,
  sortLocale,
  clock,
  report,
}: RepositoryOptions): Repository {
  const keyClasses = createKeyClasses(ttlMs, adaptiveTtl);
  const calendar = createBusinessCalendar(businessTimeZone, clock);
  const sellers = createSellers({ cache, api, keyClasses });
  const catalogs = createCatalogs({ cache, api, keyClasses });
  return {
    sellers,
    catalogs,
    operations: createOperations(cache),
    signals: createChangeSignals({ cache, report }),
    createMaintenance: (options) =>
      createMaintenance({ ...options, cache, keyValue, api, keyClasses, report }),
    newRead: (demand) => createRead(cache, demand),
    newTrial: () => createRead(cache, {}, {}, cache.newTrial()),
    today: calendar.today,
    futureOf: createFutureCatalogs(),
    upcoming: createUpcomingCatalogs({ cache, sellers, catalogs, keyClasses, clock }),
    arrange: createArrangements(sortLocale),
  };
}
