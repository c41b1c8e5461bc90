import type { Command, Reply } from '../../src/cache/redis-port.ts';
import type { History } from './history.ts';

interface Kept {
  readonly value: Buffer;
  readonly expiresAt: number;
}

/** One Redis, as far as the engine uses it, on virtual time. */
export interface RedisStore {
  /** Does one command, in one instant. `process` sent it. */
  execute(command: Command, process: number): Reply;
  flush(): void;
  /** Drops one key of the kind, as a full Redis does. */
  evict(kind: 'entry' | 'lease' | 'generation', which: number): void;
  peek(key: string): string | undefined;
}

const WRITES = new Set(['SET', 'PEXPIRE', 'DEL', 'EVAL']);

export function isWrite([name]: Command): boolean {
  return WRITES.has(name);
}

export function createRedisStore(now: () => number, history: History): RedisStore {
  const keys = new Map<string, Kept>();

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
    peek: (key) => read(key)?.toString('latin1'),
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

  function perform([name, key = '', ...args]: readonly string[], process: number): Reply {
    const held = read(key);
    if (name === 'GET') return held ?? null;
    if (name === 'DEL') {
      const holder = history.giver.get(held?.toString() ?? '');
      if (holder !== undefined && holder !== process)
        history.broken.push(`4: process ${process} removed the lease of process ${holder} on ${key}`);
      return keys.delete(key) ? 1 : 0;
    }
    if (name === 'EXISTS') return held ? 1 : 0;
    if (name === 'PEXPIRE') {
      if (held) keys.set(key, { value: held, expiresAt: now() + Number(args[0]) });
      return held ? 1 : 0;
    }
    if (name !== 'SET') return new Error(`ERR unknown command '${name}'`);
    const [value = '', ...options] = args;
    if (options.includes('NX') && held) return null;
    const expiry = options.indexOf('PX');
    if (expiry < 0) history.broken.push(`9: ${key} was stored without an expiry`);
    if (kindOf(key) === 'generation') {
      history.renewedStamp.set(value, history.stamp());
      if (held) lose(key, 'renewed');
    }
    keys.set(key, { value: Buffer.from(value, 'latin1'), expiresAt: now() + Number(options[expiry + 1]) });
    return options.includes('GET') ? (held ?? null) : 'OK';
  }

  /**
   * The scripts of the engine, and what a mutation makes of them: maybe one comparison of a key with an argument,
   * which ends it with 0 where they differ, then commands, of which the last may give the result.
   */
  function evaluate([, script = '', count, ...rest]: readonly string[], process: number): Reply {
    const names = rest.slice(0, Number(count));
    const args = rest.slice(Number(count));
    const [, from, to] = /'GETRANGE', KEYS\[1\], (\d+), (\d+)/.exec(script) ?? [];
    if (from !== undefined) return put(names[0] as string, args, Number(from), Number(to) + 1);
    const lease = names.find((name) => kindOf(name) === 'lease') as string;
    const holder = read(lease)?.toString();
    const guard = /if redis\.call\('GET', KEYS\[(\d)\]\) (?:==|~=) ARGV\[(\d)\]/.exec(script);
    if (
      guard &&
      read(names[Number(guard[1]) - 1] as string)?.toString('latin1') !== args[Number(guard[2]) - 1]
    )
      return 0;
    if (holder !== args[0])
      history.broken.push(
        `4: a lease that is not its own did not keep process ${process} from changing ${names}`,
      );
    let reply: Reply = 1;
    for (const [, returned, call = ''] of script
      .replace(guard?.[0] ?? '', '')
      .matchAll(/(return )?redis\.call\(([^)]*)\)/g)) {
      const command = call.split(', ').map((each) => {
        const [, list, place] = /^(KEYS|ARGV)\[(\d)\]$/.exec(each) ?? [];
        return list ? ((list === 'KEYS' ? names : args)[Number(place) - 1] as string) : each.slice(1, -1);
      });
      const done = perform(command, process);
      if (returned) reply = done;
    }
    return reply;
  }

  /** Stores the entry unless one lies there whose load began later. */
  function put(
    key: string,
    [began, value = '', ttlMs = '']: readonly string[],
    from: number,
    to: number,
  ): Reply {
    const other = read(key)?.toString('latin1', from, to);
    if (other && Number(other) > Number(began)) return 0;
    keys.set(key, { value: Buffer.from(value, 'latin1'), expiresAt: now() + Number(ttlMs) });
    return 1;
  }
}

function kindOf(key: string): 'entry' | 'lease' | 'generation' {
  if (key.includes('generation:')) return 'generation';
  return key.endsWith(':lease') ? 'lease' : 'entry';
}

/** One character a byte, so that what is stored comes back as it was. */
function toText(argument: string | number | Buffer): string {
  return argument instanceof Buffer ? argument.toString('latin1') : String(argument);
}
