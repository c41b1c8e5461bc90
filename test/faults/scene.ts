import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import type { RedisServer } from '../../src/cache/redis/connection.ts';
import { type Member, startFleet } from './fleet.ts';
import { type Measured, say, startTraffic, type Traffic } from './traffic.ts';
import { createUpstream, type Upstream } from './upstream.ts';

/** Processes under traffic, for a fault to happen to. */
export interface Scene {
  readonly upstream: Upstream;
  readonly fleet: readonly [Member, ...Member[]];
  readonly traffic: Traffic;
  /** The states of Redis that each process has reported, in order. */
  states(): readonly (readonly string[])[];
  /**
   * Stops the traffic after every process has its Redis again and has served current values. Prints the measurements and
   * asserts what holds after every fault: no error, and no value older than an invalidation that the process acknowledged.
   */
  finish(what: string): Promise<Measured>;
}

export interface SceneOptions {
  readonly server: RedisServer;
  readonly ids?: readonly number[];
  readonly fillingBytes?: number;
  readonly budgetMs?: number;
  readonly memoryBytes?: number;
}

const IDS = [1, 2, 3, 4, 5, 6, 7, 8];
const MEMBERS = 3;
const LATENCY_MS = 30;
// With a Redis that stores nothing, every pass loads.
const MAX_PASSES = 5;
// How many things are changed at the end, to see that invalidations are heard again.
const CHANGED = 8;

/** Everything stops when the test has finished. */
export async function startScene(options: SceneOptions): Promise<Scene> {
  const { ids = IDS, fillingBytes = 0 } = options;
  const upstream = createUpstream(LATENCY_MS, fillingBytes);
  const fleet = (await startFleet(MEMBERS, { ...options, upstream })) as [Member, ...Member[]];
  const traffic = startTraffic(fleet, ids, upstream);
  onTestFinished(async () => {
    await traffic.stop();
    await Promise.all(fleet.map((member) => member.close()));
  });
  // Before a fault, memory and Redis are filled. On a busy machine, Redis may be too slow for the first passes.
  for (let pass = 0, loads = -1; pass < MAX_PASSES && loads !== upstream.loads; pass += 1) {
    loads = upstream.loads;
    for (const member of fleet) await Promise.all(ids.map((id) => member.get(id)));
    await Promise.all(fleet.map(({ cache }) => cache.idle()));
  }
  return {
    upstream,
    fleet,
    traffic,
    states,
    async finish(what) {
      while (states().some((each) => each.at(-1) !== 'store-up')) await setTimeout(50);
      for (const id of ids.slice(0, CHANGED)) await untilCurrent(id);
      const measured = await traffic.stop();
      say(what, measured, upstream);
      expect(measured.errors).toEqual([]);
      expect(measured.brokenPromises).toBe(0);
      return measured;
    },
  };

  function states(): readonly (readonly string[])[] {
    return fleet.map(({ events }) =>
      events.map(({ type }) => type).filter((type) => type === 'store-up' || type === 'store-down'),
    );
  }

  async function untilCurrent(id: number): Promise<void> {
    while (!(await traffic.invalidate(fleet[0], id))) await setTimeout(100);
    for (const member of fleet) {
      while ((await member.get(id)).version < upstream.versionOf(id)) await setTimeout(20);
    }
  }
}
