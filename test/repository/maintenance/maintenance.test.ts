import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { RepositoryEvent } from '../../../src/repository/events.ts';
import { createRepository } from '../../../src/repository/index.ts';
import { startCacheProcess } from '../../support/cache-process.ts';
import { heldSleep } from './held-sleep.ts';
import { POLL_MS, TTL_MS } from './maintenance-process.ts';
import { seller, startSource } from './source.ts';

async function startWith(settings: { pollMs?: number; warmOnStart?: boolean; keepWarm?: number }) {
  const source = startSource(5);
  const { cache, keyValue, clock } = await startCacheProcess();
  const held = heldSleep();
  const told: RepositoryEvent[] = [];
  const time = { now: () => clock.ms, monotonic: () => clock.ms };
  const repository = createRepository({
    ...{
      cache,
      keyValue,
      api: source.api,
      ttlMs: TTL_MS,
      adaptiveTtl: null,
      businessTimeZone: 'UTC',
      sortLocale: 'en',
      clock: time,
    },
    report: (event) => void told.push(event),
  });
  const maintenance = repository.createMaintenance({
    ...{ pollMs: 0, warmOnStart: false, keepWarm: 0, callsPerSecond: 1000, ...settings },
    ...{ clock: time, random: () => 0.5 },
    async sleep(ms, signal) {
      // The rate limit does not wait: the test controls the periodic tasks only.
      if (ms > 1000) await held.sleep(ms, signal);
      else clock.ms += ms;
    },
  });
  const list = async () => {
    const read = repository.newRead();
    const lists = await repository.catalogs.ofSellers([1, 2, 3, 4, 5], null, read);
    return { lists, tiers: new Set(read.recording.entries.map(({ tier }) => tier)) };
  };
  return { source, maintenance, told, list, waits: held.waits, types: () => told.map(({ type }) => type) };
}

describe('maintenance', () => {
  it('does nothing unless configured', async () => {
    const { maintenance, source, waits, told } = await startWith({});
    expect(maintenance.warmedUp).toBe(true);
    maintenance.start();
    await maintenance.stop();
    expect([source.lists, waits(), told]).toEqual([0, [], []]);
  });

  it('polls first, which invalidates everything, and then warms up', async () => {
    const { maintenance, types, list, waits } = await startWith({
      pollMs: POLL_MS,
      warmOnStart: true,
      keepWarm: 10,
    });
    expect(maintenance.warmedUp).toBe(false);
    maintenance.start();
    await expect.poll(() => maintenance.warmedUp).toBe(true);
    expect(types()).toEqual(['polled', 'warm-up-progress', 'warm-up-ended']);
    expect((await list()).tiers).toEqual(new Set(['memory']));
    await expect.poll(() => waits().sort()).toEqual([10_000, POLL_MS]);
    await maintenance.stop();
    expect(waits()).toEqual([]);
  });

  it('counts as warmed up after the warm-up ends, even if it failed', async () => {
    const { maintenance, source, types } = await startWith({ warmOnStart: true });
    source.failing = () => true;
    maintenance.start();
    await expect.poll(() => maintenance.warmedUp).toBe(true);
    expect(types()).toEqual(['warm-up-progress', 'warm-up-ended']);
  });

  it('stops after running work ends, and starts nothing more', async () => {
    const { maintenance, source, waits, types } = await startWith({
      pollMs: POLL_MS,
      warmOnStart: true,
      keepWarm: 10,
    });
    const called = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    source.gate = () => {
      called.resolve();
      return answered.promise;
    };
    maintenance.start();
    await called.promise;
    const stopped = maintenance.stop();
    answered.resolve();
    await stopped;
    expect([source.asked.length, waits(), types()]).toEqual([1, [], ['warm-up-ended']]);
  });

  it('ends a warm-up that an operator started, and waits for it', async () => {
    const { maintenance, source } = await startWith({});
    const called = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    source.sellers = Array.from({ length: 500 }, (_, index) => seller(index + 1));
    source.gate = () => {
      called.resolve();
      return answered.promise;
    };
    maintenance.start();
    const run = maintenance.warmUp.run();
    await called.promise;
    let stopped = false;
    const stopping = maintenance.stop().then(() => {
      stopped = true;
    });
    const asked = source.asked.length;
    await setImmediate();
    expect(stopped).toBe(false);
    answered.resolve();
    expect(await run).toMatchObject({ complete: false });
    await stopping;
    expect(source.asked).toHaveLength(asked);
    expect(await maintenance.warmUp.run()).toMatchObject({ complete: false });
    expect(source.asked).toHaveLength(asked);
  });
});
