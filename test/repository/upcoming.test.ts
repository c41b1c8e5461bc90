import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Cache } from '../../src/cache/index.ts';
import { UpstreamUnavailable } from '../../src/domain/errors.ts';
import { createRepository, type ReadDemand } from '../../src/repository/index.ts';
import { startCacheProcess, TRUST_MS, words } from '../support/cache-process.ts';
import { catalog } from '../support/records.ts';
import { noRedis, startRedis, type TestRedis } from '../support/redis.ts';
import { readKeys } from '../support/redis-content.ts';
import { type Source, startSource } from './maintenance/source.ts';

const TTL_MS = 60_000;
const day = (count: number) => new Date(1_780_000_000_000 + count * 86_400_000);

/** Sellers 1 to `count`, each with the catalogs 10 × its id + 1 and + 2, which open one after another. */
function datedSource(count: number): Source {
  const source = startSource(count);
  for (const [id, list] of source.catalogs) {
    source.catalogs.set(
      id,
      list.map((each) => ({ ...each, startDate: day(each.id) })),
    );
  }
  return source;
}

async function start(source: Source, options: Parameters<typeof startCacheProcess>[0] = {}) {
  const { cache, keyValue, clock, events, close } = await startCacheProcess(options);
  const repository = createRepository({
    cache,
    keyValue,
    api: source.api,
    ttlMs: { sellers: TTL_MS, catalogs: TTL_MS, filter: 0, unknown: 1000, stale: 10 * TTL_MS },
    adaptiveTtl: null,
    businessTimeZone: 'UTC',
    sortLocale: 'en',
    clock: { now: () => clock.ms, monotonic: () => clock.ms },
    report: () => {},
  });
  const read = (demand?: ReadDemand) => repository.upcoming.ofAll(repository.newRead(demand));
  const idsOf = async (demand?: ReadDemand) => (await read(demand)).catalogs.map(({ id }) => id);
  const made = () => events.filter((event) => event.type === 'miss' && event.keyClass === 'upcoming').length;
  return { cache, repository, clock, events, read, idsOf, made, close };
}

describe('the catalogs of all sellers', () => {
  it('are made once for concurrent reads, and kept', async () => {
    const source = datedSource(3);
    const { idsOf, made } = await start(source);
    const lists = await Promise.all([idsOf(), idsOf(), idsOf()]);
    expect(lists).toEqual(Array(3).fill([11, 12, 21, 22, 31, 32]));
    expect(await idsOf()).toEqual([11, 12, 21, 22, 31, 32]);
    expect(source.asked).toEqual([[1, 2, 3]]);
    expect(made()).toBe(1);
  });

  it('leave undated ones out, and have the version that was loaded last', async () => {
    const source = datedSource(2);
    source.catalogs.get(1)?.push(catalog(5, { startDate: day(5), title: 'old' }), catalog(6));
    const { cache, clock, read } = await start(source);
    await read();
    clock.ms += 10;
    source.catalogs.get(2)?.push(catalog(5, { startDate: day(50), title: 'new' }));
    await cache.invalidate(['catalogs:seller:2']);
    const { catalogs } = await read();
    expect(catalogs.map(({ id }) => id)).toEqual([11, 12, 21, 22, 5]);
    expect(catalogs.at(-1)?.title).toBe('new');
    clock.ms += 10;
    await cache.invalidate(['catalogs:seller:1']);
    expect((await read()).catalogs[0]?.title).toBe('old');
  });

  it('are served stale, while one rebuild loads what is stale or soon will be', async () => {
    const source = datedSource(2);
    const { cache, clock, idsOf, made } = await start(source);
    await idsOf();
    // The second seller's list is younger, and fresh for longer than a fifth of its lifetime.
    clock.ms += 20_000;
    await cache.invalidate(['catalogs:seller:2']);
    await idsOf();
    source.asked.length = 0;
    source.catalogs.set(1, []);
    clock.ms += 45_000;
    expect(await Promise.all([idsOf(), idsOf()])).toEqual(Array(2).fill([11, 12, 21, 22]));
    await expect.poll(() => idsOf()).toEqual([21, 22]);
    expect(source.asked).toEqual([[1]]);
    expect(made()).toBe(3);
  });

  it('are not rebuilt at each read while the upstream fails', async () => {
    const source = datedSource(2);
    const { cache, clock, idsOf, made } = await start(source);
    await idsOf();
    source.failing = () => true;
    clock.ms += 70_000;
    for (let time = 0; time < 5; time += 1) {
      expect(await idsOf()).toEqual([11, 12, 21, 22]);
      await cache.idle();
    }
    expect(made()).toBe(2);
  });

  it('are complete and older rather than incomplete, if a load fails', async () => {
    const source = datedSource(2);
    const { clock, read } = await start(source);
    await read();
    source.failing = () => true;
    clock.ms += 1000;
    const { catalogs, failures } = await read({ maxAgeMs: 500, awaitRefresh: true });
    expect([catalogs.length, failures]).toEqual([4, []]);
  });

  it('are complete and older if the list of sellers is no longer in memory and cannot be loaded', async () => {
    const source = datedSource(2);
    const { cache, clock, idsOf } = await start(source);
    await idsOf();
    await fillMemory(cache);
    source.api.sellers = () => Promise.reject(new UpstreamUnavailable('down'));
    clock.ms += 1000;
    expect(await idsOf({ maxAgeMs: 500, awaitRefresh: true })).toEqual([11, 12, 21, 22]);
  });

  it('fail if the list of sellers cannot be loaded and none is kept', async () => {
    const source = datedSource(2);
    source.api.sellers = () => Promise.reject(new UpstreamUnavailable('down'));
    const { idsOf } = await start(source);
    await expect(idsOf()).rejects.toThrow('down');
  });

  it('are incomplete with a failure for each missing seller, and are not kept then', async () => {
    const source = datedSource(3);
    source.unreadable = (id) => id === 2;
    const { clock, read } = await start(source);
    const { catalogs, sellers, failures } = await read();
    expect([catalogs.map(({ id }) => id), sellers, failures.length]).toEqual([[11, 12, 31, 32], 3, 1]);
    source.unreadable = () => false;
    clock.ms += 5000;
    expect((await read()).catalogs).toHaveLength(6);
  });

  it.each([
    ['a limit of age', { maxAgeMs: 100, awaitRefresh: true }],
    ['a refresh', { mode: 'refresh' }],
  ] as const)('are as new as %s demands', async (_, demand) => {
    const source = datedSource(1);
    const { clock, idsOf } = await start(source);
    await idsOf();
    source.catalogs.set(1, []);
    clock.ms += 200;
    expect(await idsOf()).toEqual([11, 12]);
    expect(await idsOf(demand)).toEqual([]);
  });

  it('make a reader depend on the list of sellers and on the catalogs of each', async () => {
    const { cache, repository } = await start(datedSource(2));
    const tagsOf = async () => {
      const read = repository.newRead();
      await repository.upcoming.ofAll(read);
      return new Set(read.recording.entries.flatMap(({ entry }) => entry.tags));
    };
    const made = await tagsOf();
    expect([...made].sort()).toEqual(['catalogs', 'catalogs:seller:1', 'catalogs:seller:2', 'sellers']);
    expect(await tagsOf()).toEqual(made);
    await cache.invalidate(['catalogs:seller:2']);
    expect(await tagsOf()).toEqual(made);
  });

  it('are not kept if something was invalidated while they were made', async () => {
    const source = datedSource(2);
    const { cache, idsOf } = await start(source);
    source.gate = () => {
      source.gate = () => undefined;
      return cache.invalidate(['catalogs:seller:1']);
    };
    await idsOf();
    source.catalogs.set(1, []);
    expect(await idsOf()).toEqual([21, 22]);
  });
});

/** Other entries replace all that the cache holds in memory. */
async function fillMemory(cache: Cache): Promise<void> {
  const ids = Array.from({ length: 200 }, (_, index) => index);
  await cache.getMany(words, ids, async () => new Map(ids.map((id) => [id, 'x'.repeat(20_000)])));
}

async function redisForTest(): Promise<TestRedis> {
  const redis = await startRedis();
  onTestFinished(() => redis.kill());
  return redis;
}

describe.skipIf(noRedis)('the catalogs of all sellers in two processes', () => {
  const twoProcesses = async (source: Source, redis: TestRedis) => {
    const clock = { ms: 1_000_000 };
    return [await start(source, { redis, clock }), await start(source, { redis, clock })] as const;
  };

  it('show what another process has invalidated no longer than the trust time, without any message', async () => {
    const source = datedSource(2);
    const [one, other] = await twoProcesses(source, await redisForTest());
    expect(await one.idsOf()).toEqual([11, 12, 21, 22]);
    source.catalogs.set(2, []);
    await other.cache.invalidate(['catalogs:seller:2']);
    one.clock.ms += TRUST_MS + 1;
    expect(await one.idsOf()).toEqual([11, 12]);
    expect(source.asked).toEqual([[1, 2], [2]]);
    one.close();
    other.close();
  });

  it('of some sellers are read within the Redis budget of the request', async () => {
    const { repository, close } = await start(datedSource(2), { redis: await redisForTest() });
    const read = repository.newRead();
    const spend = vi.spyOn(read.budget, 'spend');
    await repository.upcoming.ofSellers([1, 2], read);
    expect(spend).toHaveBeenCalled();
    close();
  });

  it('are made from the entries in Redis, and not stored there themselves', async () => {
    const redis = await redisForTest();
    const source = datedSource(2);
    const [one, other] = await twoProcesses(source, redis);
    await one.idsOf();
    await one.cache.idle();
    expect(await other.idsOf()).toEqual([11, 12, 21, 22]);
    expect(source.asked).toHaveLength(1);
    expect(Object.keys(await readKeys(redis)).filter((key) => key.includes('upcoming'))).toEqual([]);
    one.close();
    other.close();
  });
});
