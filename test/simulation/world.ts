import type { Cache } from '../../src/cache/cache.ts';
import type { KeyClass } from '../../src/cache/key-class.ts';
import { createMessages } from './backplane.ts';
import type { Engine } from './engine.ts';
import { type CallRecord, createHistory, type History, type InvalidationRecord } from './history.ts';
import {
  acknowledgementIsTrue,
  answerIsRecent,
  everyCallEnded,
  KEY_PREFIX,
  keyOfId,
  tagsOfKey,
} from './invariants.ts';
import { type Act, IDS, type Plan } from './plan.ts';
import { createRandom } from './random.ts';
import { createRedisNetwork } from './redis-network.ts';
import { createRedisStore } from './redis-store.ts';
import { createScheduler } from './scheduler.ts';
import { SETTINGS } from './settings.ts';
import { createUpstream, UNENCODABLE } from './upstream.ts';

export interface Run {
  readonly history: History;
  readonly steps: number;
}

// Some time in 2026, so that a clock that is off is still a time.
const EPOCH_MS = 1_780_000_000_000;
// No plan comes near: what does has gone round in circles.
const MOST_STEPS = 20_000;
// By then every fault is over, every lease has run out and every pause has passed.
const QUIET_MS = 3000;

/** Plays a plan through to where nothing is left to happen, or a promise is broken. */
export async function runPlan(plan: Plan, engine: Engine, isTold = false): Promise<Run> {
  const random = createRandom(plan.seed + 0x5eed);
  const scheduler = createScheduler(random);
  const history = createHistory(scheduler.now, isTold);
  const store = createRedisStore(scheduler.now, history);
  const network = createRedisNetwork(store, scheduler, random, history);
  const messages = createMessages(scheduler, random, history);
  const upstream = createUpstream(scheduler, random, history);
  const dead = new Set<number>();
  const keyClass = createItems(engine, plan);
  const caches = plan.clockOffsets.map(createProcess);
  let ran = 0;

  for (const act of plan.acts) {
    scheduler.after(
      act.at,
      'process' in act && act.do !== 'redis' && act.do !== 'stop' ? act.process : null,
      () => {
        history.tell(() => `${act.do} ${JSON.stringify({ ...act, at: undefined, do: undefined })}`);
        perform(act);
      },
    );
  }
  const unhandled = (cause: unknown) => history.broken.push(`4: a rejection that nobody handles: ${cause}`);
  process.on('unhandledRejection', unhandled);
  let steps = await scheduler.run(isOver);
  if (history.broken.length === 0) {
    everyCallEnded(history, (process) => !dead.has(process));
    await probe();
  }
  process.off('unhandledRejection', unhandled);
  return { history, steps };

  function isOver(): boolean {
    ran += 1;
    if (ran > MOST_STEPS) history.broken.push('9: it never comes to rest');
    return history.broken.length > 0;
  }

  function createProcess(offsetMs: number, process: number): Cache {
    let tokens = 0;
    const newToken = () => {
      tokens += 1;
      const token = `p${process}t${tokens}`;
      history.giver.set(token, process);
      return token;
    };
    return engine.createCache({
      keyPrefix: KEY_PREFIX,
      memory: engine.createMemoryStore(100_000),
      shared: engine.createSharedTier(network.portOf(process), KEY_PREFIX, newToken),
      backplane: messages.backplaneOf(process),
      clock: { now: () => EPOCH_MS + scheduler.now() + offsetMs, monotonic: scheduler.now },
      sleep(ms) {
        const giveUp = ms === SETTINGS.hardTimeoutMs ? upstream.beginPatience(process) : () => {};
        const { promise, resolve } = Promise.withResolvers<void>();
        scheduler.after(ms, process, () => {
          giveUp();
          resolve();
        });
        return promise;
      },
      random: random.next,
      newToken,
      report: ({ type, ...event }) => {
        history.events.set(type, (history.events.get(type) ?? 0) + ('count' in event ? event.count : 1));
      },
      failureCodec: { toText: ({ message }) => message, fromText: (text) => new Error(text) },
      ...SETTINGS,
    });
  }

  function perform(act: Act): void {
    const until = scheduler.now() + (('forMs' in act && act.forMs) || 0);
    if (act.do === 'read' || act.do === 'refresh') void call(act.do, act.process, act.ids);
    else if (act.do === 'peek') void call('peek', act.process, act.ids);
    else if (act.do === 'invalidate') void invalidate(act.process, act.tags);
    else if (act.do === 'gap') messages.gap(act.process);
    else if (act.do === 'flush') store.flush();
    else if (act.do === 'evict') store.evict(act.what, act.which);
    else if (act.do === 'redis') network.break(act.fault, act.process, until);
    else if (act.do === 'messages') messages.break(act.fault, until);
    else if (act.do === 'loads') upstream.break(act.fault, act.ids, until);
    else stop(act.process, act.forMs === null ? Number.POSITIVE_INFINITY : until);
  }

  function stop(process: number, until: number): void {
    if (until === Number.POSITIVE_INFINITY) dead.add(process);
    history.stops.push({ process, from: scheduler.now(), to: until });
    scheduler.stop(process, until);
  }

  async function call(kind: CallRecord['kind'], process: number, ids: readonly number[]): Promise<void> {
    const cache = caches[process] as Cache;
    const started = { startedAt: scheduler.now(), startedStamp: history.stamp() };
    const record: CallRecord = { process, kind, keys: ids.map(keyOfId), ...started, endedAt: null };
    history.calls.push(record);
    const answers = new Map<number, unknown>();
    if (kind === 'peek') {
      for (const id of ids) answers.set(id, await cache.peek(keyClass, id));
    } else {
      const load = upstream.loadOf(process, keyOfId);
      const freshness = kind === 'refresh' ? 'refresh' : 'default';
      for (const [id, answer] of await cache.getMany(keyClass, ids, load, { freshness }))
        answers.set(id, answer);
    }
    record.endedAt = scheduler.now();
    for (const [id, answer] of answers) {
      history.tell(() => `  ${kind} ${id} of process ${process} from ${started.startedAt} ms: ${answer}`);
      const load = typeof answer === 'number' ? history.loads[answer - 1] : undefined;
      if (load) answerIsRecent(history, record, keyOfId(id), load, scheduler.now());
    }
  }

  async function invalidate(process: number, tags: readonly string[]): Promise<void> {
    const given = history.giver.size;
    const acknowledgement = (caches[process] as Cache).invalidate(tags);
    // It gives each tag its token at once, in the order of the tags.
    const tokens = [...history.giver.keys()].slice(given);
    const record: InvalidationRecord = {
      process,
      tokens: new Map(tags.map((tag, index) => [tag, tokens[index] as string])),
      startedAt: scheduler.now(),
      endedAt: null,
      ackedStamp: null,
    };
    history.invalidations.push(record);
    const acknowledged = await acknowledgement.then(
      () => true,
      () => false,
    );
    record.endedAt = scheduler.now();
    history.tell(
      () =>
        `  invalidation of ${tags} by process ${process}: ${acknowledged ? 'acknowledged' : 'not acknowledged'}`,
    );
    if (!acknowledged) return;
    record.ackedStamp = history.stamp();
    acknowledgementIsTrue(history, record);
  }

  /**
   * What is left when all is over must not be in anybody's way: every process that lives refreshes every key, and
   * what it gets is from a load that began since, not from a run that nobody took away.
   */
  async function probe(): Promise<void> {
    for (const process of caches.keys()) {
      if (dead.has(process) || history.broken.length > 0) continue;
      const startedStamp = history.stamp();
      const before = history.calls.length;
      scheduler.after(QUIET_MS, process, () => {
        history.tell(() => `probe of process ${process}`);
        void call('refresh', process, IDS);
        void (caches[process] as Cache).idle().then(() => history.tell(() => `process ${process} is idle`));
      });
      steps += await scheduler.run(isOver);
      const ended = history.calls[before]?.endedAt !== null;
      const loads = history.loads.filter(
        (load) => load.process === process && load.beganStamp > startedStamp,
      );
      if (history.broken.length === 0 && (!ended || loads.length !== IDS.length))
        history.broken.push(
          `9: process ${process} made ${loads.length} loads to refresh ${IDS.length} keys after all was over`,
        );
    }
    if (history.broken.length === 0) everyCallEnded(history, (process) => !dead.has(process));
  }
}

function createItems(engine: Engine, { seed }: Plan): KeyClass<number, number> {
  const { freshMs, staleMs, hardTimeoutMs, pauseMs } = SETTINGS;
  return engine.defineKeyClass<number, number>({
    name: 'item',
    key: (id) => `item_${id}`,
    tags: (id) => tagsOfKey(keyOfId(id)),
    // Every third plan waits a little for what is renewed behind its calls.
    policy: { freshMs, staleMs, hardTimeoutMs, pauseMs, softTimeoutMs: seed % 3 === 0 ? 30 : 0 },
    codec: {
      toJson(value) {
        if (value === UNENCODABLE) throw new Error('this cannot be stored');
        return value;
      },
      fromJson: Number,
    },
  });
}
