import type { Command, Reply } from '../../src/cache/redis/commands.ts';
import type { History } from './history.ts';
import type { RedisKind } from './plan.ts';

/** The part of Redis that the engine uses, on virtual time. */
export interface RedisStore {
  /** Executes one command of `process` in one instant. */
  execute(command: Command, process: number): Reply;
  flush(): void;
  /** Evicts one key of the kind, as a full Redis does. */
  evict(kind: RedisKind, which: number): void;
}

const WRITES = new Set(['SET', 'PEXPIRE', 'DEL', 'EVAL']);

export function isWrite([name]: Command): boolean {
  return WRITES.has(name);
}

export function createRedisStore(now: () => number, history: History): RedisStore {
  const { kept: keys } = history;

  return {
    execute(command, process) {
      if (command[0] !== 'EVAL') return perform(command.map(toText), process);
      return evaluate(command.map(toText), process);
    },
    flush() {
      for (const key of [...keys.keys()]) lose(key, 'flushed');
    },
    evict(kind, which) {
      const candidates = [...keys.keys()].filter((key) => kindOf(key) === kind);
      const key = candidates[which % candidates.length];
      if (key !== undefined) lose(key, 'evicted');
    },
  };

  function lose(redisKey: string, why: 'flushed' | 'evicted' | 'expired' | 'renewed'): void {
    if (why !== 'renewed') keys.delete(redisKey);
    history.losses.push({ redisKey, why, at: now() });
  }

  function read(key: string): Buffer | undefined {
    const kept = keys.get(key);
    if (!kept || kept.expiresAt > now()) return kept?.value;
    lose(key, 'expired');
    return undefined;
  }

  /** Checks promise 9 at every write: every key has an expiry. */
  function keep(key: string, value: Buffer, ttlMs: number, storedAt: number): void {
    if (!(ttlMs > 0 && ttlMs < Number.POSITIVE_INFINITY))
      history.broken.push(`9: ${key} was stored without an expiry`);
    keys.set(key, { value, storedAt, expiresAt: now() + ttlMs });
  }

  function perform([name, key = '', ...args]: readonly string[], process: number): Reply {
    if (name === 'PING') return 'PONG';
    const held = read(key);
    if (name === 'GET') return held ?? null;
    if (name === 'GETRANGE') return held?.subarray(Number(args[0]), Number(args[1]) + 1) ?? Buffer.alloc(0);
    if (name === 'DEL') {
      const holder = history.giver.get(held?.toString() ?? '');
      if (holder !== undefined && holder !== process)
        history.broken.push(`4: process ${process} removed the lease of process ${holder} on ${key}`);
      return keys.delete(key) ? 1 : 0;
    }
    if (name === 'EXISTS') return held ? 1 : 0;
    if (name === 'PEXPIRE') {
      if (held) keep(key, held, Number(args[0]), keys.get(key)?.storedAt ?? now());
      return held ? 1 : 0;
    }
    if (name !== 'SET') return new Error(`ERR unknown command '${name}'`);
    const [value = '', ...options] = args;
    if (options.includes('NX') && held) {
      if (kindOf(key) === 'lease') history.refusals.push({ process, redisKey: key, at: now() });
      return null;
    }
    if (kindOf(key) === 'generation') {
      history.renewedStamp.set(value, history.stamp());
      if (held) lose(key, 'renewed');
    }
    if (kindOf(key) === 'entry') history.storedStamp.set(idIn(value), history.stamp());
    const expiry = options.indexOf('PX');
    keep(key, Buffer.from(value, 'latin1'), expiry < 0 ? Number.NaN : Number(options[expiry + 1]), now());
    return options.includes('GET') ? (held ?? null) : 'OK';
  }

  /**
   * Executes the scripts of the engine, also as mutations change them: at most one comparison of a stored value with an
   * argument, which may end the script with 0; then commands, the last of which may return the result.
   */
  function evaluate([, script = '', count, ...rest]: readonly string[], process: number): Reply {
    const names = rest.slice(0, Number(count));
    const args = rest.slice(Number(count));
    const [put = '', from, to] =
      /^.*'GETRANGE', KEYS\[1\], (\d+), (\d+).*\nif began and began > .* end/.exec(script) ?? [];
    const guard = /if redis\.call\('GET', KEYS\[(\d)\]\) (?:==|~=) ARGV\[(\d)\]/.exec(script);
    if (put !== '') {
      const other = read(names[0] as string)?.toString('latin1', Number(from), Number(to) + 1);
      if (other && Number(other) > Number(args[0])) return 0;
    } else {
      const lease = names.find((name) => kindOf(name) === 'lease') as string;
      const holder = read(lease)?.toString();
      const compared = guard && read(names[Number(guard[1]) - 1] as string)?.toString('latin1');
      if (guard && compared !== args[Number(guard[2]) - 1]) return 0;
      if (holder !== args[0])
        history.broken.push(
          `4: a lease that is not its own did not keep process ${process} from changing ${names}`,
        );
    }
    let reply: Reply = 1;
    const commands = script.replace(put, '').replace(guard?.[0] ?? '', '');
    for (const [, returned, call = ''] of commands.matchAll(/(return )?redis\.call\(([^)]*)\)/g)) {
      const command = call.split(', ').map((each) => {
        const [, list, place] = /^(KEYS|ARGV)\[(\d)\]$/.exec(each) ?? [];
        return list ? ((list === 'KEYS' ? names : args)[Number(place) - 1] as string) : each.slice(1, -1);
      });
      const done = perform(command, process);
      if (returned) reply = done;
    }
    return reply;
  }
}

function kindOf(key: string): RedisKind {
  if (key.includes('generation:')) return 'generation';
  if (key.endsWith(':lease')) return 'lease';
  return key.includes('{answer_') ? 'answer' : 'entry';
}

/** The value in an encoded entry: the last of its JSON, and a number or null. */
function idIn(encoded: string): number {
  return Number(/,(\d+|null)\]$/.exec(encoded)?.[1]);
}

/** One character per byte, so that stored bytes survive unchanged. */
function toText(argument: string | number | Buffer): string {
  return argument instanceof Buffer ? argument.toString('latin1') : String(argument);
}
