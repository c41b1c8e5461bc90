import { setTimeout } from 'node:timers/promises';
import { catalogsOf } from '../lib/catalogs.ts';
import { countInRedis } from '../lib/redis-counters.ts';
import { type Summary, summarise } from '../lib/statistics.ts';
import { spread, times } from '../lib/units.ts';
import type { OpenCache } from './contender.ts';
import { shared } from './contenders/index.ts';
import type { Scenario } from './scenario.ts';

const LOAD_MS = 5;
const ROUNDS = 7;
const MISSES_A_ROUND = 30;

/** Keys that are cached nowhere: the time that a cache adds to the load. */
export const miss: Scenario = async ({ redisUrl, observer, progress }) => {
  const caches: [name: string, cache: OpenCache, added: number[]][] = [];
  for (const { name, open } of shared) caches.push([name, await open(redisUrl), []]);
  const reads = new Map<string, number>();
  let nextId = 1;
  // The first round is a warm-up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    progress.now(`miss: round ${round} of ${ROUNDS}`);
    for (const [name, cache, added] of caches) {
      const counted = await countInRedis(observer, async () => {
        let sum = 0;
        for (let index = 0; index < MISSES_A_ROUND; index += 1) sum += await addedByMiss(cache, nextId++);
        if (round > 0) added.push(sum / MISSES_A_ROUND);
        // Background writes are part of the miss.
        await setTimeout(20);
      });
      reads.set(name, counted.reads / MISSES_A_ROUND);
    }
  }
  for (const [, cache] of caches) await cache.close();
  const measured = new Map(caches.map(([name, , added]) => [name, summarise(added)]));
  const ours = (measured.get(shared[0]?.name ?? '') as Summary).median;
  return {
    title: 'Miss',
    about: `Uncached keys, with a load of ${LOAD_MS} ms: the time beyond the load, and the round trips to Redis of a miss.`,
    rows: [
      [
        '',
        'time beyond the load: median (low – high)',
        'round trips to Redis a miss',
        'ratio to catalog-gateway',
      ],
      ...[...measured].map(([name, each]) => [
        name,
        spread(each),
        (reads.get(name) as number).toFixed(2),
        times(each.median / ours),
      ]),
    ],
    data: { nanoseconds: Object.fromEntries(measured), trips: Object.fromEntries(reads) },
  };
};

/** Nanoseconds from the call to the result, without the time of the load. */
async function addedByMiss(cache: OpenCache, sellerId: number): Promise<number> {
  let loadTook = 0n;
  const startedAt = process.hrtime.bigint();
  await cache.get(sellerId, async (id) => {
    const loadBeganAt = process.hrtime.bigint();
    await setTimeout(LOAD_MS);
    loadTook = process.hrtime.bigint() - loadBeganAt;
    return catalogsOf(id);
  });
  return Number(process.hrtime.bigint() - startedAt - loadTook);
}
