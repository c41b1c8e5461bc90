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
      clock: time,
    },
    report: (event) => void told.push(event),
  });
  const upkeep = repository.createUpkeep({
    ...{ pollMs: 0, warmOnStart: false, keepWarm: 0, callsPerSecond: 1000, ...settings },
    ...{ clock: time, random: () => 0.5 },
    async sleep(ms, signal) {
      // What is paced goes on at once: it is the rounds that a test holds.
      if (ms > 1000) await held.sleep(ms, signal);
      else clock.ms += ms;
    },
  });
  const list = async () => {
    const read = repository.newRead();
    const lists = await repository.catalogs.ofSellers([1, 2, 3, 4, 5], null, read);
    return { lists, tiers: new Set(read.recording.entries.map(({ tier }) => tier)) };
  };
  return { source, upkeep, told, list, waits: held.waits, types: () => told.map(({ type }) => type) };
}

describe('maintenance', () => {
  it('does nothing unless configured', async () => {
    const { upkeep, source, waits, told } = await startWith({});
    expect(upkeep.warmedUp).toBe(true);
    upkeep.start();
    await upkeep.stop();
    expect([source.lists, waits(), told]).toEqual([0, [], []]);
  });

  it('polls first, which invalidates everything, and then warms up', async () => {
    const { upkeep, types, list, waits } = await startWith({
      pollMs: POLL_MS,
      warmOnStart: true,
      keepWarm: 10,
    });
    expect(upkeep.warmedUp).toBe(false);
    upkeep.start();
    await expect.poll(() => upkeep.warmedUp).toBe(true);
    expect(types()).toEqual(['polled', 'warm-up-progress', 'warm-up-ended']);
    expect((await list()).tiers).toEqual(new Set(['memory']));
    await expect.poll(() => waits().sort()).toEqual([10_000, POLL_MS]);
    await upkeep.stop();
    expect(waits()).toEqual([]);
  });

  it('counts as warmed up after the warm-up ends, even if it failed', async () => {
    const { upkeep, source, types } = await startWith({ warmOnStart: true });
    source.failing = () => true;
    upkeep.start();
    await expect.poll(() => upkeep.warmedUp).toBe(true);
    expect(types()).toEqual(['warm-up-progress', 'warm-up-ended']);
  });

  it('stops after running work ends, and starts nothing more', async () => {
    const { upkeep, source, waits, types } = await startWith({
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
    upkeep.start();
    await called.promise;
    const stopped = upkeep.stop();
    answered.resolve();
    await stopped;
    expect([source.asked.length, waits(), types()]).toEqual([1, [], ['warm-up-ended']]);
  });

  it('ends a warm-up that an operator started, and waits for it', async () => {
    const { upkeep, source } = await startWith({});
    const called = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    source.sellers = Array.from({ length: 500 }, (_, index) => seller(index + 1));
    source.gate = () => {
      called.resolve();
      return answered.promise;
    };
    upkeep.start();
    const run = upkeep.warmUp.run();
    await called.promise;
    let stopped = false;
    const stopping = upkeep.stop().then(() => {
      stopped = true;
    });
    const asked = source.asked.length;
    await setImmediate();
    expect(stopped).toBe(false);
    answered.resolve();
    expect(await run).toMatchObject({ complete: false });
    await stopping;
    expect(source.asked).toHaveLength(asked);
    expect(await upkeep.warmUp.run()).toMatchObject({ complete: false });
    expect(source.asked).toHaveLength(asked);
  });
});
