import { measureAllocation } from '../lib/allocation.ts';
import { catalogsOf } from '../lib/catalogs.ts';
import { type Exercise, measureInRounds } from '../lib/rounds.ts';
import type { Summary } from '../lib/statistics.ts';
import { perSecond, spread, times } from '../lib/units.ts';
import { inMemory } from './contenders/index.ts';
import { mustNotLoad, type Scenario } from './scenario.ts';

const SELLER = 7;
const ROUNDS = { rounds: 9, roundMs: 60, mostTimes: 100_000 };
const FLOOR = 'a Map behind an async function';

/** Repeated reads of one key that is in memory. */
export const memoryHit: Scenario = async ({ redisUrl, progress }) => {
  const exercises = new Map<string, Exercise>([[FLOOR, readFromMap()]]);
  const caches = [];
  for (const contender of inMemory) {
    progress.now(`memory hit: ${contender.name}`);
    const cache = await contender.open(redisUrl);
    caches.push(cache);
    await cache.get(SELLER, async (id) => catalogsOf(id));
    exercises.set(contender.name, {
      run: async (count) => {
        for (let index = 0; index < count; index += 1) await cache.get(SELLER, mustNotLoad);
      },
    });
  }
  const measured = await measureInRounds(exercises, ROUNDS);
  const allocated = new Map<string, number>();
  for (const [name, { run }] of exercises) allocated.set(name, await measureAllocation(run));
  for (const cache of caches) await cache.close();
  const ours = (measured.get(inMemory[0]?.name ?? '') as Summary).median;
  return {
    title: 'Memory hit',
    about: 'One key in memory, read repeatedly.',
    rows: [
      ['', 'a hit: median (low – high)', 'hits/s', 'bytes a hit', 'ratio to catalog-gateway'],
      ...[...measured].map(([name, each]) => [
        name,
        spread(each),
        perSecond(each.median),
        Math.round(allocated.get(name) as number).toLocaleString('en-US'),
        times(each.median / ours),
      ]),
    ],
    data: { nanoseconds: Object.fromEntries(measured), bytes: Object.fromEntries(allocated) },
  };
};

/** The minimum cost of a cache with an async call. */
function readFromMap(): Exercise {
  const held = new Map([[SELLER, catalogsOf(SELLER)]]);
  const get = async (sellerId: number) => held.get(sellerId) ?? mustNotLoad(sellerId);
  return {
    run: async (count) => {
      for (let index = 0; index < count; index += 1) await get(SELLER);
    },
  };
}
