import type { Redis } from 'ioredis';
import { encodeEntry } from '../../src/cache/engine/encoded-entry.ts';
import { defineKeyClass } from '../../src/cache/engine/key-class.ts';
import { catalogsOf } from '../lib/catalogs.ts';
import { type Summary, summarise } from '../lib/statistics.ts';
import { spread, times } from '../lib/units.ts';
import { COMMON_TAG, type OpenCache, TTL_MS, tagOf } from './contender.ts';
import { KEY_PREFIX, openEngine } from './contenders/catalog-gateway.ts';
import { shared } from './contenders/index.ts';
import type { Scenario } from './scenario.ts';

const MANY = 1_000_000;
// Few enough that a library which deletes entries one by one ends within the time of the benchmark.
const MANY_FOR_OTHERS = 500;
const ROUNDS = 15;
const OTHER_ROUNDS = 5;
const CHUNK = 50_000;
const ONE = 0;

const smallClass = defineKeyClass<number, number>({
  name: 'small',
  key: (id) => `small_${id}`,
  tags: (id) => [id === ONE ? 'one' : 'many'],
  policy: { freshMs: TTL_MS, staleMs: TTL_MS, jitter: 0 },
  codec: { toJson: (value) => value, fromJson: Number },
});

/** The cost of invalidating a tag of one entry, and a tag of very many entries. */
export const invalidateTag: Scenario = async ({ redisUrl, observer, progress }) => {
  const measured = new Map<string, { one: Summary; many: Summary; entries: number }>();
  const { name: ours = '' } = shared[0] ?? {};
  measured.set(ours, { ...(await measureEngine(redisUrl, observer, progress.now)), entries: MANY });
  for (const { name, open } of shared.slice(1)) {
    progress.now(`invalidate a tag: ${name}`);
    await observer.flushall();
    const cache = await open(redisUrl);
    measured.set(name, { ...(await measureOther(cache)), entries: MANY_FOR_OTHERS });
    await cache.close();
  }
  return {
    title: 'Invalidating a tag',
    about:
      'From the call until the library reports success. Before each round every entry of the tag is valid again; ' +
      'afterwards one entry is read to verify that it is invalid.',
    rows: [
      ['', '1 entry: median (low – high)', 'entries', 'many: median (low – high)', 'ratio of many to 1'],
      ...[...measured].map(([name, { one, many, entries }]) => [
        name,
        spread(one),
        entries.toLocaleString('en-US'),
        spread(many),
        times(many.median / one.median),
      ]),
    ],
    data: Object.fromEntries(measured),
  };
};

async function measureEngine(redisUrl: string, observer: Redis, tell: (doing: string) => void) {
  const { cache, close } = await openEngine(redisUrl);
  const tokens = new Map<string, string>();
  for (const id of [ONE, 1]) {
    await cache.get(smallClass, id, async () => id);
    const [tag = ''] = smallClass.tags(id);
    tokens.set(tag, (await observer.get(generationKey(tag))) ?? '');
  }
  await cache.idle();
  await fillWithSmall(observer, tokens.get('many') as string, tell);
  const newcomer = await openEngine(redisUrl);
  const found = { one: [] as number[], many: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const tag of ['one', 'many'] as const) {
      // Restoring the generation of the entries makes all of them valid again.
      await observer.set(generationKey(tag), tokens.get(tag) as string);
      const witness = tag === 'one' ? ONE : 2 + round;
      if ((await newcomer.cache.peek(smallClass, witness)) === undefined)
        throw new Error(`${tag} was not there`);
      found[tag].push(await timed(() => cache.invalidate([tag])));
      if ((await cache.peek(smallClass, witness)) !== undefined)
        throw new Error(`${tag} was not invalidated`);
    }
  }
  await newcomer.close();
  await close();
  return { one: summarise(found.one), many: summarise(found.many) };
}

/** Writes the entries to Redis as the engine encodes them, each under its own key. */
async function fillWithSmall(redis: Redis, generation: string, tell: (doing: string) => void): Promise<void> {
  const now = Date.now();
  const times = { loadBeganAt: now, loadMs: 1, freshUntil: now + TTL_MS, staleUntil: now + TTL_MS };
  const entry = { ...times, value: 1, tags: smallClass.tags(1), generations: [generation] };
  for (let first = 1; first <= MANY; first += CHUNK) {
    tell(`invalidate a tag: ${first.toLocaleString('en-US')} entries of a million`);
    const pipeline = redis.pipeline();
    for (let id = first; id < first + CHUNK; id += 1) {
      const key = `${KEY_PREFIX}{small_${id}}`;
      pipeline.set(key, encodeEntry(key, entry, smallClass.codec).encoded, 'PX', TTL_MS);
    }
    await pipeline.exec();
  }
}

async function measureOther(cache: OpenCache) {
  const found = { one: [] as number[], many: [] as number[] };
  for (let round = 0; round < OTHER_ROUNDS; round += 1) {
    for (let first = 1; first <= MANY_FOR_OTHERS; first += 500) {
      const ids = Array.from({ length: 500 }, (_, place) => first + place);
      await Promise.all(ids.map((id) => cache.get(id, async () => catalogsOf(id).slice(0, 1))));
    }
    found.one.push(await timed(() => cache.invalidateTag(tagOf(1))));
    found.many.push(await timed(() => cache.invalidateTag(COMMON_TAG)));
    let loaded = false;
    await cache.get(2, async (id) => {
      loaded = true;
      return catalogsOf(id).slice(0, 1);
    });
    if (!loaded) throw new Error('the tag was not invalidated');
  }
  return { one: summarise(found.one), many: summarise(found.many) };
}

function generationKey(tag: string): string {
  return `${KEY_PREFIX}generation:{${tag}}`;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - startedAt);
}
