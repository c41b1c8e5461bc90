import type { Command, RedisClient, Reply } from '../../../src/cache/index.ts';
import type { Random } from '../random.ts';
import type { Scheduler } from '../scheduler.ts';

type Value = string | Map<string, number>;

interface Item {
  readonly value: Value;
  readonly expiresAt: number;
}

/** A Redis with the commands that sessions send. It counts time by the scheduler. */
export interface SessionsRedis {
  /** The client of a process, which gives up after `timeoutMs`. */
  connect(life: number): RedisClient;
  /** Commands get no reply while it is away. Half of those that were on their way are executed all the same. */
  setAway(away: boolean): void;
  setSlow(slow: boolean): void;
  empty(): void;
  /** The value of a key that has not expired. */
  peek(key: string): Value | undefined;
  /** Called when a session is read: the verification may count from then. */
  onRead: (key: string) => void;
}

export function createSessionsRedis(scheduler: Scheduler, random: Random): SessionsRedis {
  const items = new Map<string, Item>();
  let [isAway, isSlow] = [false, false];

  const redis: SessionsRedis = {
    onRead() {},
    setAway(away) {
      isAway = away;
    },
    setSlow(slow) {
      isSlow = slow;
    },
    empty: () => items.clear(),
    peek,
    connect: (life) => ({
      send(commands, timeoutMs) {
        const { promise, resolve, reject } = Promise.withResolvers<readonly Reply[]>();
        const stop = scheduler.after(timeoutMs, life, () => reject(new Error('no reply in time')));
        const latency = () => random.whole(1, isSlow ? 2 * timeoutMs : 5);
        const isLost = isAway;
        scheduler.after(latency(), null, () => {
          if ((isLost || isAway) && random.chance(isLost ? 1 : 0.5)) return;
          const replies = commands.map(execute);
          scheduler.after(latency(), life, () => {
            if (isAway) return;
            stop();
            resolve(replies);
          });
        });
        return promise;
      },
    }),
  };
  return redis;

  function peek(key: string): Value | undefined {
    const item = items.get(key);
    if (item && scheduler.now() < item.expiresAt) return item.value;
    items.delete(key);
    return undefined;
  }

  function put(key: string, value: Value, expiresAt: number): void {
    items.set(key, { value, expiresAt });
  }

  function setOf(key: string): Map<string, number> {
    const value = peek(key);
    if (value instanceof Map) return value;
    const made = new Map<string, number>();
    put(key, made, Number.POSITIVE_INFINITY);
    return made;
  }

  function execute([name, first = '', ...args]: Command): Reply {
    const key = String(first);
    const texts = args.map(String);
    switch (name) {
      case 'GET': {
        const value = peek(key);
        if (typeof value !== 'string') return null;
        redis.onRead(key);
        return Buffer.from(value);
      }
      case 'SET': {
        if (texts.includes('NX') && peek(key) !== undefined) return null;
        put(key, texts[0] ?? '', scheduler.now() + Number(texts[texts.indexOf('PX') + 1]));
        return Buffer.from('OK');
      }
      case 'DEL':
        return items.delete(key) ? 1 : 0;
      case 'PEXPIRE': {
        const value = peek(key);
        if (value === undefined) return 0;
        put(key, value, scheduler.now() + Number(texts[0]));
        return 1;
      }
      case 'ZADD':
        setOf(key).set(texts[1] ?? '', Number(texts[0]));
        return 1;
      case 'ZCARD':
        return setOf(key).size;
      case 'ZREM':
        return texts.filter((member) => setOf(key).delete(member)).length;
      case 'ZREMRANGEBYSCORE': {
        const over = [...setOf(key)].filter(([, score]) => score <= Number(texts[1]));
        for (const [member] of over) setOf(key).delete(member);
        return over.length;
      }
      case 'ZRANGE':
        return [...setOf(key)].toSorted(([, a], [, b]) => a - b).map(([member]) => Buffer.from(member));
      default:
        throw new Error(`the simulated Redis does not know ${name}`);
    }
  }
}
