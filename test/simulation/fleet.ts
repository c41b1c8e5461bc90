import type { Clock } from '../../src/cache/clock.ts';
import type { Cache } from '../../src/cache/engine/cache.ts';
import type { RedisClient } from '../../src/cache/redis/commands.ts';
import type { Namespaces } from '../../src/config/namespaces.ts';
import type { ResponseCache } from '../../src/http/response-cache/response-cache.ts';
import { UPCOMING } from '../../src/repository/keys.ts';
import { ANSWERS, createAnswers, withWatchedBudgets } from './answers.ts';
import type { Messages } from './backplane.ts';
import type { Engine } from './engine.ts';
import type { History } from './history.ts';
import { KEY_PREFIX } from './keys.ts';
import type { ProcessPlan } from './plan.ts';
import type { Random } from './random.ts';
import { keysOf, type RedisNetwork } from './redis-network.ts';
import type { Scheduler } from './scheduler.ts';
import { SETTINGS } from './settings.ts';
import type { Life, Upstream } from './upstream.ts';

/** A running process. */
export interface Member extends Life {
  readonly cache: Cache;
  readonly clock: Clock;
  readonly answers: ResponseCache;
  /** Whether it keeps away from its Redis for now. */
  gaveUp(): boolean;
}

export interface Fleet {
  /** The current life of the process; undefined after it has stopped for good. */
  member(process: number): Member | undefined;
  members(): readonly Member[];
  stop(process: number, until: number): void;
  restart(process: number): void;
  setClock(process: number, byMs: number): void;
}

export interface FleetOptions {
  readonly processes: readonly ProcessPlan[];
  readonly engine: Engine;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly history: History;
  readonly network: RedisNetwork;
  readonly messages: Messages;
  readonly upstream: Pick<Upstream, 'beginPatience'>;
  /** The key prefix of a process at its start. Default: the same for all. */
  readonly namespacesOf?: (process: number) => Pick<Namespaces, 'keyPrefix' | 'sourcePrefix'>;
}

// Their events are counted apart.
const DERIVED: readonly unknown[] = [ANSWERS, UPCOMING];

const ONE_NAMESPACE = { keyPrefix: KEY_PREFIX, sourcePrefix: KEY_PREFIX };

// A time in 2026, so that a wrong clock still shows a valid time.
const EPOCH_MS = 1_780_000_000_000;

/** The processes, each with a clock, a memory and connections of its own. */
export function createFleet(options: FleetOptions): Fleet {
  const { processes, engine, scheduler, random, history, network, messages, upstream } = options;
  const { namespacesOf = () => ONE_NAMESPACE } = options;
  const offsets = processes.map(({ clockOffsetMs }) => clockOffsetMs);
  const members = new Map<number, Member>();
  let lives = 0;
  let tokens = 0;
  processes.forEach(({ redis }, process) => {
    if (redis === 'alone') history.alone.add(process);
    history.wallClocks.set(process, () => EPOCH_MS + scheduler.now() + (offsets[process] as number));
    start(process);
  });

  return {
    member: (process) => members.get(process),
    members: () => [...members.values()],
    stop(process, until) {
      const member = members.get(process);
      if (!member) return;
      history.stops.push({ process, from: scheduler.now(), to: until });
      scheduler.stop(member.life, until);
      if (until === Number.POSITIVE_INFINITY) leave(process);
    },
    restart(process) {
      const life = members.get(process)?.life;
      const now = scheduler.now();
      history.stops.push({ process, from: now, to: now });
      if (life !== undefined) scheduler.stop(life, Number.POSITIVE_INFINITY);
      for (const record of [...history.calls, ...history.invalidations])
        if (record.process === process) record.endedAt ??= now;
      for (const load of history.loads)
        if (load.process === process && load.endedAt === null)
          Object.assign(load, { endedAt: now, endedStamp: history.stamp(), outcome: 'gone' });
      leave(process);
      start(process);
    },
    setClock(process, byMs) {
      offsets[process] = (offsets[process] as number) + byMs;
      history.clockSteps.push({ process, at: scheduler.now(), byMs });
    },
  };

  function leave(process: number): void {
    members.delete(process);
    messages.leave(process);
  }

  function start(process: number): void {
    lives += 1;
    const self = { process, life: lives };
    const { redis } = processes[process] as ProcessPlan;
    const bare = network.portOf(self);
    const { port, gaveUp } = redis === 'guarded' ? guard(self, bare) : { port: bare, gaveUp: () => false };
    const isAlone = redis === 'alone';
    // The monotonic clock of each life has an origin of its own.
    const clock = {
      now: history.wallClocks.get(process) as () => number,
      monotonic: () => scheduler.now() + 1000 * self.life,
    };
    const cache = withWatchedBudgets(createCache(self, isAlone ? null : port, clock), () => {
      history.spent.push({ process, at: scheduler.now(), stalled: port.isResuming ?? false });
    });
    const answers = createAnswers(cache, clock);
    members.set(process, { ...self, cache, clock, answers, gaveUp });
  }

  function createCache({ process, life }: Life, port: RedisClient | null, clock: Clock): Cache {
    const newToken = () => {
      tokens += 1;
      const token = `p${process}t${tokens}`;
      history.giver.set(token, process);
      return token;
    };
    const { keyPrefix, sourcePrefix } = namespacesOf(process);
    return engine.createCache({
      keyPrefix,
      memory: engine.createMemoryStore(100_000),
      shared: port && engine.createSharedTier(port, sourcePrefix, newToken),
      backplane: port && messages.backplaneOf({ process, life }),
      clock,
      sleep(ms, signal) {
        const giveUp = ms === SETTINGS.hardTimeoutMs ? upstream.beginPatience(life) : () => {};
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const cancel = scheduler.after(ms, life, () => {
          giveUp();
          resolve();
        });
        signal?.addEventListener('abort', () => {
          cancel();
          reject(signal.reason);
        });
        return promise;
      },
      random: random.next,
      newToken,
      report: ({ type, ...event }) => {
        const name =
          'keyClass' in event && DERIVED.includes(event.keyClass) ? `${event.keyClass} ${type}` : type;
        history.events.set(name, (history.events.get(name) ?? 0) + ('count' in event ? event.count : 1));
        if (type === 'refresh-early') history.earlies.push({ process, at: scheduler.now() });
      },
      failureCodec: { toText: ({ message }) => message, fromText: (text) => new Error(text) },
      ...SETTINGS,
    });
  }

  /** The port behind a breaker. For the process, a call that the breaker rejects is a failed trip. */
  function guard({ process }: Life, port: RedisClient) {
    const { breakerTimeoutMs: timeoutMs } = SETTINGS;
    const breaker = engine.createRedisBreaker({
      timeoutMs,
      isExcused: () => port.isResuming ?? false,
      probe: () => port.send([['PING']], timeoutMs),
      onChange: (isOpen) => history.tell(() => `  process ${process} gives Redis up: ${isOpen}`),
    });
    const send: RedisClient['send'] = async (commands, timeoutMs) => {
      const now = scheduler.now();
      if (breaker.open)
        history.trips.push({
          ...{ process, redisKeys: new Set(commands.flatMap(keysOf)) },
          ...{ sentAt: now, settledAt: now, failed: true },
        });
      return breaker.run(() => port.send(commands, timeoutMs));
    };
    const guarded: RedisClient = {
      get isResuming() {
        return port.isResuming ?? false;
      },
      send,
    };
    return { port: guarded, gaveUp: () => breaker.open };
  }
}
