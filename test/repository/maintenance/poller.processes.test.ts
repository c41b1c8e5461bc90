import { describe, expect, it, onTestFinished } from 'vitest';
import { useCacheProcesses } from '../../support/cache-processes.ts';
import { noRedis } from '../../support/redis.ts';
import { POLL_MS, startMaintenance } from './maintenance-process.ts';
import { catalog, type Source, startSource } from './source.ts';

const going = new AbortController().signal;
const LEASE = 'test_v1:{turn_poll}:lease';
const DAY_MS = 24 * 60 * 60_000;

describe.skipIf(noRedis)('polling processes', () => {
  const processes = useCacheProcesses();

  /** Some that share a source and a clock, the next of which may poll at any time. */
  async function startPollers(count: number, sellers: number) {
    const source = startSource(sellers);
    const clock = { ms: 1_000_000 };
    const all = await Promise.all(Array.from({ length: count }, () => processes.start({ clock })));
    const pollers = all.map((each) => startMaintenance(each, source));
    return {
      source,
      clock,
      pollers,
      /** Lets one poll as if the interval had passed, for Redis too; the tags that it invalidated. */
      async poll(index: number) {
        clock.ms += POLL_MS;
        await processes.plain.del(LEASE);
        await pollers[index]?.poller.poll(going);
        return pollers[index]?.invalidated();
      },
      rename: (title: string) => source.catalogs.set(1, [catalog(11, { title }), catalog(12)]),
    };
  }

  it('poll once per interval in total', async () => {
    const { source, pollers } = await startPollers(3, 10);
    await Promise.all(pollers.map(({ poller }) => poller.poll(going)));
    for (const { poller } of pollers) await poller.poll(going);
    expect(source.lists).toBe(1);
    expect(pollers.flatMap(({ told }) => told.map(({ type }) => type))).toEqual(['polled']);
    expect(await processes.plain.pttl(LEASE)).toBeGreaterThan(POLL_MS / 2);
  });

  it('compare with the last snapshot of any process, and detect a reverted change', async () => {
    const { poll, rename, pollers } = await startPollers(2, 3);
    rename('A');
    expect(await poll(0)).toEqual(['catalogs', 'sellers']);
    rename('B');
    expect(await poll(1)).toEqual(['catalog:11', 'catalogs:seller:1']);
    rename('A');
    expect(await poll(0)).toEqual(['catalog:11', 'catalogs:seller:1']);
    expect(await poll(1)).toEqual([]);
    expect(await poll(0)).toEqual([]);
    expect(pollers.flatMap(({ toldOf }) => toldOf('poll-failed'))).toEqual([]);
  });

  it('compare with the snapshot in Redis at once, within the trust time too', async () => {
    const { poll, rename, pollers } = await startPollers(2, 3);
    rename('A');
    await poll(0);
    rename('B');
    await poll(1);
    rename('A');
    const [first] = pollers;
    if (first) first.clock.ms -= POLL_MS;
    expect(await poll(0)).toEqual(['catalog:11', 'catalogs:seller:1']);
    expect(first?.toldOf('poll-failed')).toEqual([]);
  });

  it('invalidate memory entries of other processes, and keep unchanged ones', async () => {
    const { poll, rename, pollers } = await startPollers(2, 3);
    await poll(0);
    const [, second] = pollers;
    for (const id of [1, 2, 3]) await second?.readCatalogs(id);
    rename('Renamed');
    await poll(0);
    const loads = [];
    for (const id of [1, 2, 3]) loads.push((await second?.readCatalogs(id))?.loaded);
    expect(loads).toEqual([true, false, false]);
  });

  it('detect a change again if Redis did not acknowledge its invalidation', async () => {
    const { poll, rename, pollers, source } = await startPollers(2, 3);
    await poll(0);
    rename('Renamed');
    // It has let the poll begin, and takes nothing more.
    source.gate = () => processes.plain.config('SET', 'min-replicas-to-write', '1');
    expect(await poll(0)).toEqual([]);
    expect(pollers[0]?.toldOf('poll-failed')).toMatchObject([
      { cause: { name: 'InvalidationNotAcknowledged' } },
    ]);
    source.gate = () => undefined;
    await processes.plain.config('SET', 'min-replicas-to-write', '0');
    expect(await poll(1)).toEqual(['catalog:11', 'catalogs:seller:1']);
  });

  it('invalidate everything if the snapshot is missing', async () => {
    const { poll, pollers } = await startPollers(2, 3);
    await poll(0);
    await processes.plain.flushall();
    expect(await poll(0)).toEqual(['catalogs', 'sellers']);
    expect(await poll(1)).toEqual([]);
    expect(pollers[0]?.toldOf('polled').map(({ baseline }) => baseline)).toEqual([true, true]);
  });

  it('keep the packed snapshot for a week after the last poll', async () => {
    const { poll, source } = await startPollers(1, 400);
    for (const id of source.catalogs.keys())
      source.catalogs.set(
        id,
        Array.from({ length: 30 }, (_, index) => catalog(100 * id + index)),
      );
    await poll(0);
    const key = 'test_v1:{turn_poll}';
    expect(await processes.plain.strlen(key)).toBeLessThan(250_000);
    const leftMs = () => processes.plain.pttl(key);
    expect(await leftMs()).toBeGreaterThan(6 * DAY_MS);
    await processes.plain.pexpire(key, 60_000);
    await poll(0);
    expect(await leftMs()).toBeGreaterThan(6 * DAY_MS);
  });

  it.each([
    ['a change', 'Renamed', ['LockLost']],
    ['no change', 'Catalog 21', []],
  ])('miss no change if a process that lost the lock found %s', async (_, title, causes) => {
    const { poll, rename, source, pollers } = await startPollers(2, 2);
    const [first, second] = pollers;
    rename('A');
    await poll(0);
    await poll(1);
    source.catalogs.set(2, [catalog(21, { title }), catalog(22)]);
    const { reading, goOn } = holdNextReading(source);
    const late = poll(0);
    await reading;
    rename('B');
    expect(await poll(1)).toContain('catalog:11');
    await second?.readCatalogs(1);
    goOn();
    await late;
    rename('A');
    await poll(1);
    expect((await second?.readCatalogs(1))?.list).toEqual(source.catalogs.get(1));
    expect(first?.toldOf('poll-failed').map(({ cause }) => (cause as Error).name)).toEqual(causes);
  });

  it('stop reading after the lock is lost', async () => {
    const { source, poll, pollers } = await startPollers(1, 500);
    const held = Promise.withResolvers<void>();
    source.gate = () => held.promise;
    const late = poll(0);
    await expect.poll(() => source.asked.length).toBe(4);
    await processes.plain.del(LEASE);
    const types = () => pollers[0]?.events.map(({ type }) => type);
    await expect.poll(types, { timeout: 60_000 }).toContain('lease-lost');
    held.resolve();
    expect(await late).toEqual([]);
    expect(source.asked).toHaveLength(4);
    expect(pollers[0]?.toldOf('poll-failed')).toMatchObject([{ cause: { name: 'LockLost' } }]);
  });

  it('report that no process can get the lock while Redis is down', async () => {
    const { pollers, poll } = await startPollers(1, 1);
    await poll(0);
    processes.redis.freeze();
    onTestFinished(processes.redis.thaw);
    await pollers[0]?.poller.poll(going);
    expect(pollers[0]?.toldOf('poll-failed')).toMatchObject([{ cause: { name: 'LockUnavailable' } }]);
    await pollers[0]?.poller.poll(AbortSignal.abort());
    expect(pollers[0]?.toldOf('poll-failed')).toHaveLength(1);
  });

  it('wait at the start for the first poll of another process, and for no other', async () => {
    const { source, pollers } = await startPollers(3, 3);
    const [first, second, third] = pollers;
    const { reading, goOn } = holdNextReading(source);
    const polling = first?.poller.pollFirst(going);
    await reading;
    let isOver = false;
    const waiting = second?.poller.pollFirst(going).then(() => {
      isOver = true;
    });
    for (let poll = 0; poll < 3; poll += 1) await second?.poller.poll(going);
    expect(isOver).toBe(false);
    goOn();
    await Promise.all([polling, waiting]);
    await third?.poller.pollFirst(going);
    expect(source.lists).toBe(1);
  });

  it('wait at the start no longer than the maximum time of a first poll', async () => {
    const { source, pollers, clock } = await startPollers(2, 3);
    const [first, second] = pollers;
    const { reading, goOn } = holdNextReading(source);
    const polling = first?.poller.pollFirst(going);
    await reading;
    const waiting = second?.poller.pollFirst(going);
    clock.ms += 120_000;
    await waiting;
    expect(first?.told).toEqual([]);
    goOn();
    await polling;
  });

  /** Lets the next call for catalogs answer with what it was when it was asked, when the test says so. */
  function holdNextReading({ api }: Source) {
    const { catalogsOf } = api;
    const reading = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    Object.assign(api, {
      async catalogsOf(...asked: Parameters<typeof catalogsOf>) {
        Object.assign(api, { catalogsOf });
        const lists = await catalogsOf(...asked);
        reading.resolve();
        await held.promise;
        return lists;
      },
    });
    return { reading: reading.promise, goOn: held.resolve };
  }
});
