import { decodeEntry, encodeEntry } from '../../src/cache/engine/encoded-entry.ts';
import { defineKeyClass, type KeyClass } from '../../src/cache/engine/key-class.ts';
import type { Seller } from '../../src/domain/seller.ts';
import { sellerCodec } from '../../src/repository/codecs.ts';
import { catalogsOf } from '../lib/catalogs.ts';
import { atMost } from '../lib/figures.ts';
import { type Exercise, measureInRounds } from '../lib/rounds.ts';
import type { Summary } from '../lib/statistics.ts';
import { spread, times } from '../lib/units.ts';
import { COMMON_TAG, TTL_MS, tagOf } from './contender.ts';
import { catalogsClass, openEngine } from './contenders/catalog-gateway.ts';
import { mustNotLoad, type Scenario } from './scenario.ts';

const PAGE = 25;
const PAGES = 20;
const CATALOGS = '25 catalogs each (3 KB)';
// The first of the 25 catalogs of a seller: a list is seldom read in full.
const READ = 5;
const ROUNDS = { rounds: 9, roundMs: 50, mostTimes: 50_000 };
const COLD_ROUNDS = { rounds: 9, roundMs: 1000, mostTimes: PAGES };

type Cached<V> = {
  readonly name: string;
  readonly keyClass: KeyClass<number, V>;
  readonly sample: (id: number) => V;
  /** What is read of a value. */
  readonly read: (value: V) => unknown;
};

const sellerClass = defineKeyClass<number, Seller | null>({
  name: 'seller',
  key: (id) => `seller_${id}`,
  tags: (id) => [tagOf(id), COMMON_TAG],
  policy: { freshMs: TTL_MS, staleMs: TTL_MS, jitter: 0 },
  codec: sellerCodec,
});

/** A page of keys in one call of the engine, beside one key. */
export const getMany: Scenario = async ({ redisUrl, progress }) => {
  progress.now('getMany');
  const measured = new Map<string, Summary>([
    ...(await measurePages(redisUrl, {
      name: 'a seller each (30 bytes)',
      keyClass: sellerClass,
      sample: (id) => ({ id, name: `Seller ${id}`, customerDisplayId: id, isActive: true }),
      read: (seller) => seller?.name,
    })),
    ...(await measurePages(redisUrl, {
      name: CATALOGS,
      keyClass: catalogsClass,
      sample: catalogsOf,
      read: (catalogs) => catalogs.slice(0, READ).map(({ title }) => title),
    })),
  ]);
  const median = (name: string) => (measured.get(name) as Summary).median;
  return {
    title: 'getMany(25)',
    about:
      'A page of 25 keys in one call, compared with one key: in memory, and in Redis with memory cold. ' +
      `The first ${READ} items of a list from Redis are read. Decoding alone turns the bytes of 25 entries into values, without Redis.`,
    rows: [
      ['', 'a call: median (low – high)', 'ratio to one get'],
      ...[...measured].map(([name, each]) => {
        const one = name.replace(
          /: .*/,
          name.includes('Redis') || name.includes('decod') ? ': get, Redis' : ': get, memory',
        );
        return [name, spread(each), times(each.median / median(one))];
      }),
    ],
    figures: [
      atMost(
        'getMany(25) vs. get, Redis, 5 of 25 catalogs each read',
        1.5,
        median(`${CATALOGS}: getMany(25), Redis`) / median(`${CATALOGS}: get, Redis`),
      ),
    ],
    data: { nanoseconds: Object.fromEntries(measured) },
  };
};

async function measurePages<V>(redisUrl: string, cached: Cached<V>): Promise<ReadonlyMap<string, Summary>> {
  const { name, keyClass, sample, read } = cached;
  const filler = await openEngine(redisUrl);
  const page = (index: number) => Array.from({ length: PAGE }, (_, place) => index * PAGE + place);
  for (let index = 0; index < PAGES; index += 1) {
    await filler.cache.getMany(
      keyClass,
      page(index),
      async (ids) => new Map(ids.map((id) => [id, sample(id)])),
    );
  }
  await filler.cache.idle();
  const { cache } = filler;
  const ids = page(0);
  const warm = new Map<string, Exercise>([
    [`${name}: get, memory`, repeated(() => cache.get(keyClass, 0, mustNotLoad))],
    [
      `${name}: 25 × get, memory`,
      repeated(() => Promise.all(ids.map((id) => cache.get(keyClass, id, mustNotLoad)))),
    ],
    [`${name}: getMany(25), memory`, repeated(() => cache.getMany(keyClass, ids, mustNotLoadAny))],
  ]);
  const cold = new Map<string, Exercise>([
    [
      `${name}: get, Redis`,
      coldly(redisUrl, async (reader, index) => {
        read(await reader.get(keyClass, index * PAGE, mustNotLoad));
      }),
    ],
    [
      `${name}: 25 × get, Redis`,
      coldly(redisUrl, async (reader, index) => {
        const values = await Promise.all(page(index).map((id) => reader.get(keyClass, id, mustNotLoad)));
        values.map(read);
      }),
    ],
    [
      `${name}: getMany(25), Redis`,
      coldly(redisUrl, async (reader, index) => {
        const outcomes = await reader.getMany(keyClass, page(index), mustNotLoadAny);
        for (const outcome of outcomes.values()) {
          if (outcome instanceof Error) throw outcome;
          read(outcome);
        }
      }),
    ],
    [`${name}: decoding 25 alone`, repeated(decoding(cached, ids))],
  ]);
  try {
    return new Map([...(await measureInRounds(warm, ROUNDS)), ...(await measureInRounds(cold, COLD_ROUNDS))]);
  } finally {
    await filler.close();
  }
}

function repeated(call: () => unknown): Exercise {
  return {
    run: async (count) => {
      for (let index = 0; index < count; index += 1) await call();
    },
  };
}

type Engine = Awaited<ReturnType<typeof openEngine>>;

/** Each call reads a page that its process has not read before. */
function coldly(
  redisUrl: string,
  call: (cache: Engine['cache'], page: number) => Promise<unknown>,
): Exercise {
  let engine: Engine | undefined;
  return {
    async prepare() {
      await engine?.close();
      engine = await openEngine(redisUrl);
    },
    async run(count) {
      for (let index = 0; index < count; index += 1) await call((engine as Engine).cache, index);
    },
  };
}

function decoding<V>({ keyClass, sample }: Cached<V>, ids: readonly number[]): () => void {
  const now = Date.now();
  const encoded = ids.map((id) => {
    const key = keyClass.key(id);
    const entry = { value: sample(id), loadBeganAt: now, loadMs: 5, freshUntil: now, staleUntil: now };
    const generations = ['6f9619ff-8b86-d011-b42d-00cf4fc964ff', '7c9e6679-7425-40de-944b-e07fc1f90ae7'];
    return {
      key,
      bytes: encodeEntry(key, { ...entry, tags: keyClass.tags(id), generations }, keyClass.codec).encoded,
    };
  });
  return () => encoded.map(({ key, bytes }) => decodeEntry(key, bytes, keyClass.codec));
}

async function mustNotLoadAny(ids: readonly number[]): Promise<never> {
  return mustNotLoad(ids[0] ?? 0);
}
