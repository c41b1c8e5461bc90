import type { GatewayEvent } from '../logs/log-events.ts';
import { AGE_SECONDS, CALL_SECONDS, REDIS_SECONDS } from './buckets.ts';
import { type Count, type Instruments, sum } from './instruments.ts';
import { AS_THEY_COME } from './label-values.ts';
import { createRecentMaximum } from './recent-maximum.ts';
import type { Lookups, StatsSnapshot } from './stats-snapshot.ts';

// The response cache counts as a class too. The request event says whether its response was stale.
const ANSWERS = 'answers';

/** Lookups, fills, waits and failures of the caches. */
export function createCacheMetrics({ count, histogram, gauge }: Instruments, clock: { now(): number }) {
  const lookups = count(
    'cache_lookups_total',
    "Cache lookups by key class; the class answers is the response cache, upcoming the list of all sellers' catalogs. A stale entry counts as a hit of its tier and once more as stale.",
    { class: AS_THEY_COME, tier: AS_THEY_COME, outcome: AS_THEY_COME },
  );
  const fills = count('cache_fills_total', 'Entries stored after a load.', { class: AS_THEY_COME });
  const discarded = count(
    'cache_fills_discarded_total',
    'Loaded entries that were not stored because an invalidation arrived during the load.',
  );
  const invalid = count('invalid_values_total', 'Values in Redis that could not be decoded.');
  const loadFailures = count('load_failures_total', 'Entries that could not be loaded.', {
    class: AS_THEY_COME,
  });
  const staleAges = histogram(
    'stale_age_seconds',
    'Seconds past freshness of stale entries and responses; the oldest of each read.',
    AGE_SECONDS,
    { class: [ANSWERS] },
  );
  const leaseWaits = count('lease_waits_total', 'Entries that waited for a load in another process.');
  const leaseWait = histogram(
    'lease_wait_seconds',
    'Time spent waiting for a load in another process.',
    CALL_SECONDS,
  );
  const leasesLost = count('leases_lost_total', 'Leases that expired before their load ended.');
  const budget = histogram(
    'redis_budget_seconds',
    'Time that requests spent waiting for Redis.',
    REDIS_SECONDS,
  );
  const storeFailures = count('store_failures_total', 'Failed round trips to Redis.', {
    operation: AS_THEY_COME,
  });
  const lifetimes = histogram(
    'entry_lifetime_seconds',
    'Fresh lifetimes given to entries of adaptive key classes.',
    AGE_SECONDS,
    { class: AS_THEY_COME },
  );
  const adapted = count(
    'lifetimes_adapted_total',
    'Reloaded entries of adaptive key classes, by how their lifetime changed.',
    {
      class: AS_THEY_COME,
      change: AS_THEY_COME,
    },
  );
  const oldest = createRecentMaximum(clock);
  let breakersOpen = 0;
  gauge('breakers_open', 'Redis nodes whose circuit breaker is open.', [], () => [[[], breakersOpen]]);

  return {
    report(event: GatewayEvent) {
      switch (event.type) {
        case 'hit-memory':
          return lookups.add(event.count, event.keyClass, 'memory', 'hit');
        case 'hit-redis':
          return lookups.add(event.count, event.keyClass, 'redis', 'hit');
        case 'miss':
        case 'coalesced':
          return lookups.add(event.count, event.keyClass, 'none', event.type);
        case 'stale':
          return noteStale(event.keyClass, event.count, event.oldestMs);
        case 'request':
          if (event.outcome === 'stale') noteStale(ANSWERS, 1, event.staleMs);
          return;
        case 'fill':
          return fills.add(event.count, event.keyClass);
        case 'fill-discarded':
          return discarded.add(event.count);
        case 'invalid-value':
          return invalid.add(event.count);
        case 'load-failed':
          return loadFailures.add(event.count, event.keyClass);
        case 'lease-waited':
          leaseWaits.add(event.count);
          return leaseWait.observe(event.durationMs / 1000);
        case 'lease-lost':
          return leasesLost.add(event.count);
        case 'budget-spent':
          return budget.observe(event.durationMs / 1000);
        case 'store-failed':
          return storeFailures.add(1, event.operation);
        case 'lifetime-adapted':
          adapted.add(1, event.keyClass, event.change);
          return lifetimes.observe(event.freshMs / 1000, event.keyClass);
        case 'breaker-open':
        case 'breaker-closed':
          breakersOpen = event.open;
      }
    },
    snapshot(): Pick<StatsSnapshot, 'lookups' | 'fills' | 'fillsDiscarded' | 'stale' | 'breakersOpen'> {
      const byClass = lookupsByClass(lookups.all());
      return {
        lookups: byClass,
        fills: fills.total(),
        fillsDiscarded: discarded.total(),
        stale: {
          served: sum(Object.values(byClass).map(({ stale }) => stale)),
          oldestSeconds: oldest.read(),
        },
        breakersOpen,
      };
    },
  };

  function noteStale(keyClass: string, served: number, oldestMs: number): void {
    lookups.add(served, keyClass, 'none', 'stale');
    staleAges.observe(oldestMs / 1000, keyClass);
    oldest.note(oldestMs / 1000);
  }
}

function lookupsByClass(counted: ReturnType<Count['all']>): StatsSnapshot['lookups'] {
  const byClass: Record<string, Record<keyof Lookups, number>> = {};
  for (const [[keyClass, tier, outcome], number] of counted) {
    byClass[keyClass as string] ??= { memory: 0, redis: 0, stale: 0, miss: 0, coalesced: 0 };
    const lookups = byClass[keyClass as string] as Record<keyof Lookups, number>;
    lookups[(outcome === 'hit' ? tier : outcome) as keyof Lookups] += number;
  }
  return byClass;
}
