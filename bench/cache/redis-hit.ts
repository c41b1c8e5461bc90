import { catalogsOf } from '../lib/catalogs.ts';
import { countInRedis } from '../lib/redis-counters.ts';
import { type Exercise, measureInRounds } from '../lib/rounds.ts';
import type { Summary } from '../lib/statistics.ts';
import { spread, times } from '../lib/units.ts';
import type { Contender, OpenCache } from './contender.ts';
import { shared } from './contenders/index.ts';
import { mustNotLoad, type Scenario } from './scenario.ts';

const SELLERS = 500;
// The first read of a process sets up its connections and is not measured.
const FIRST = 0;
const ROUNDS = { rounds: 7, roundMs: 1000, mostTimes: SELLERS };

/** Reads of keys that are in Redis, by a process with an empty memory. */
export const redisHit: Scenario = async ({ redisUrl, observer, progress }) => {
  const exercises = new Map<string, Exercise>();
  const trips = new Map<string, number>();
  for (const contender of shared) {
    progress.now(`Redis hit: ${contender.name}`);
    const filler = await contender.open(redisUrl);
    for (let id = FIRST; id <= SELLERS; id += 1) await filler.get(id, async () => catalogsOf(id));
    await filler.close();
    const counted = await coldReader(contender, redisUrl);
    await counted.prepare();
    const { reads } = await countInRedis(observer, () => counted.run(SELLERS));
    trips.set(contender.name, reads / SELLERS);
    exercises.set(contender.name, counted);
  }
  progress.now('Redis hit');
  const measured = await measureInRounds(exercises, ROUNDS);
  const ours = (measured.get(shared[0]?.name ?? '') as Summary).median;
  return {
    title: 'Redis hit, memory cold',
    about: `${SELLERS} keys, each read once by an instance that has just started, one call after the other, with all items of its list. Round trips are Redis' own count of reads from sockets.`,
    rows: [
      ['', 'a hit: median (low – high)', 'round trips to Redis a hit', 'ratio to catalog-gateway'],
      ...[...measured].map(([name, each]) => [
        name,
        spread(each),
        (trips.get(name) as number).toFixed(2),
        times(each.median / ours),
      ]),
    ],
    data: { nanoseconds: Object.fromEntries(measured), trips: Object.fromEntries(trips) },
  };
};

async function coldReader(contender: Contender, redisUrl: string): Promise<Required<Exercise>> {
  let cache: OpenCache | undefined;
  return {
    async prepare() {
      await cache?.close();
      cache = await contender.open(redisUrl);
      await cache.get(FIRST, mustNotLoad);
    },
    async run(count) {
      // All items of the list, because not every library decodes what nobody reads.
      for (let id = 1; id <= count; id += 1) (await cache?.get(id, mustNotLoad))?.slice();
    },
  };
}
