import type { Contender } from '../contender.ts';
import { asyncCacheDedupeMemory, asyncCacheDedupeRedis } from './async-cache-dedupe.ts';
import { bentocache } from './bentocache.ts';
import { cacheable, cacheableNonBlocking, cacheableUntagged } from './cacheable.ts';
import { catalogGateway } from './catalog-gateway.ts';

/** Who takes part where Redis does. */
export const shared: readonly Contender[] = [catalogGateway, bentocache, asyncCacheDedupeRedis, cacheable];

/** Who takes part where memory answers. */
export const inMemory: readonly Contender[] = [
  catalogGateway,
  bentocache,
  asyncCacheDedupeMemory,
  cacheable,
  cacheableUntagged,
];

/** Who takes part where Redis hangs. */
export const degrading: readonly Contender[] = [...shared, cacheableNonBlocking];

/** @throws RangeError for a name that no contender has. */
export function contenderNamed(name: string): Contender {
  const contender = degrading.find((each) => each.name === name);
  if (!contender) throw new RangeError(`there is no contender "${name}"`);
  return contender;
}
