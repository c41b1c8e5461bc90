import type { Contender } from '../contender.ts';
import { asyncCacheDedupeMemory, asyncCacheDedupeRedis } from './async-cache-dedupe.ts';
import { bentocache } from './bentocache.ts';
import { cacheable, cacheableNonBlocking, cacheableUntagged } from './cacheable.ts';
import { catalogGateway } from './catalog-gateway.ts';

/** Contenders of the scenarios with Redis. */
export const shared: readonly Contender[] = [catalogGateway, bentocache, asyncCacheDedupeRedis, cacheable];

/** Contenders of the scenarios on memory. */
export const inMemory: readonly Contender[] = [
  catalogGateway,
  bentocache,
  asyncCacheDedupeMemory,
  cacheable,
  cacheableUntagged,
];

/** Contenders of the scenario in which Redis hangs. */
export const degrading: readonly Contender[] = [...shared, cacheableNonBlocking];

/** @throws RangeError for an unknown contender. */
export function contenderNamed(name: string): Contender {
  const contender = degrading.find((each) => each.name === name);
  if (!contender) throw new RangeError(`there is no contender "${name}"`);
  return contender;
}
