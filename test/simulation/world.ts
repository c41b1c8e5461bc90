import type { KeyClass } from '../../src/cache/engine/key-class.ts';
import { createMessages } from './backplane.ts';
import { createCaller } from './caller.ts';
import type { Engine } from './engine.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { createHistory, type History } from './history.ts';
import { IDS, keyOfId, tagsOfKey } from './keys.ts';
import type { Act, Plan } from './plan.ts';
import { createRandom } from './random.ts';
import { createRedisNetwork } from './redis-network.ts';
import { createRedisStore } from './redis-store.ts';
import { countPromises, everyCallEnded, nothingIsHeld } from './rest.ts';
import { createScheduler } from './scheduler.ts';
import { SETTINGS } from './settings.ts';
import { takeOverTimers } from './timers.ts';
import { createUpstream, UNENCODABLE } from './upstream.ts';

export interface Run {
  readonly history: History;
  readonly steps: number;
}

// No plan comes near this number: a run that reaches it is in a loop.
const MOST_STEPS = 20_000;
// By then every fault has ended, every lease has expired, every pause has passed, and every breaker has probed.
const QUIET_MS = 3000;
// A full garbage collection takes a hundred times as long as a plan.
const COUNT_EVERY = 250;

/** Plays a plan until no event is left or a promise is broken. */
export async function runPlan(plan: Plan, engine: Engine, isTold = false): Promise<Run> {
  const isCounted = plan.seed % COUNT_EVERY === 0;
  const before = isCounted ? countPromises() : 0;
  const { history, steps, fleet } = await play(plan, engine, isTold);
  if (isCounted && history.broken.length === 0) nothingIsHeld(history, fleet.members(), before);
  return { history, steps };
}

async function play(plan: Plan, engine: Engine, isTold: boolean): Promise<Run & { readonly fleet: Fleet }> {
  const random = createRandom(plan.seed + 0x5eed);
  const scheduler = createScheduler(random);
  const history = createHistory(scheduler.now, isTold);
  const store = createRedisStore(scheduler.now, history);
  const network = createRedisNetwork(store, scheduler, random, history);
  const messages = createMessages(scheduler, random, history);
  const upstream = createUpstream(scheduler, random, history);
  const world = { engine, scheduler, random, history, network, messages, upstream };
  const fleet = createFleet({ ...world, processes: plan.processes });
  const caller = createCaller({ ...world, fleet, keyClass: createItems(engine) });
  let ran = 0;
  let steps = 0;

  for (const act of plan.acts) {
    scheduler.after(act.at, null, () => {
      history.tell(() => `${act.do} ${JSON.stringify({ ...act, at: undefined, do: undefined })}`);
      perform(act);
    });
  }
  const unhandled = (cause: unknown) => history.broken.push(`4: a rejection that nobody handles: ${cause}`);
  process.on('unhandledRejection', unhandled);
  const giveTimersBack = takeOverTimers(scheduler);
  try {
    steps += await scheduler.run(isOver);
    if (history.broken.length === 0) {
      everyCallEnded(history, isAlive);
      await probe();
    }
  } finally {
    giveTimersBack();
    process.off('unhandledRejection', unhandled);
  }
  return { history, steps, fleet };

  function isOver(): boolean {
    ran += 1;
    if (ran > MOST_STEPS) history.broken.push('9: it never comes to rest');
    return history.broken.length > 0;
  }

  function isAlive(process: number): boolean {
    return fleet.member(process) !== undefined;
  }

  function perform(act: Act): void {
    const until = scheduler.now() + (('forMs' in act && act.forMs) || 0);
    if (act.do === 'flush') store.flush();
    else if (act.do === 'evict') store.evict(act.what, act.which);
    else if (act.do === 'redis') network.break(act.fault, act.process, until);
    else if (act.do === 'messages') messages.break(act.fault, until);
    else if (act.do === 'loads') upstream.break(act.fault, act.ids, until);
    else if (act.do === 'clock') fleet.setClock(act.process, act.byMs);
    else if (act.do === 'restart') fleet.restart(act.process);
    else if (act.do === 'stop')
      fleet.stop(act.process, act.forMs === null ? Number.POSITIVE_INFINITY : until);
    else if (act.do === 'stall') {
      fleet.stop(act.process, until);
      network.stall(act.process, until, act.cutMs);
    }
    // The process does the rest, when it runs next.
    else if (act.do === 'gap') inside(act.process, () => messages.gap(act.process));
    else if (act.do === 'invalidate') inside(act.process, () => caller.invalidate(act.process, act.tags));
    else inside(act.process, () => caller.call(act.do, act.process, act.ids));
  }

  function inside(process: number, run: () => void, ms = 0): void {
    const member = fleet.member(process);
    if (member) scheduler.after(ms, member.life, run);
  }

  /**
   * After the plan, nothing that is left may block a read. Every living process refreshes every key, and must get a value
   * of a load that began after the plan, not one of work that was never ended. Then it must have no work left.
   */
  async function probe(): Promise<void> {
    for (const { process, cache, gaveUp } of fleet.members()) {
      if (history.broken.length > 0) return;
      const startedStamp = history.stamp();
      let isIdle = false;
      inside(
        process,
        () => {
          history.tell(() => `probe of process ${process}`);
          if (gaveUp()) history.broken.push(`5: process ${process} has given Redis up after all was over`);
          void caller.call('refresh', process, IDS);
          void cache.idle().then(() => {
            isIdle = true;
          });
        },
        QUIET_MS,
      );
      steps += await scheduler.run(isOver);
      const loads = history.loads.filter(
        (load) => load.process === process && load.beganStamp > startedStamp,
      );
      if (history.broken.length > 0) return;
      if (loads.length !== IDS.length || !isIdle)
        history.broken.push(
          `9: process ${process} made ${loads.length} loads to refresh ${IDS.length} keys after all was over, and is ${isIdle ? '' : 'not '}idle`,
        );
    }
    everyCallEnded(history, isAlive);
  }
}

function createItems(engine: Engine): KeyClass<number, number | null> {
  const { freshMs, staleMs, absent, jitter, hardTimeoutMs, pauseMs } = SETTINGS;
  return engine.defineKeyClass<number, number | null>({
    name: 'item',
    key: (id) => `item_${id}`,
    tags: (id) => tagsOfKey(keyOfId(id)),
    policy: { freshMs, staleMs, absent, jitter, hardTimeoutMs, pauseMs },
    codec: {
      toJson(value) {
        if (value === UNENCODABLE) throw new Error('this cannot be stored');
        return value;
      },
      fromJson: (json) => (json === null ? null : Number(json)),
    },
  });
}
