import type { Command, Reply } from './commands.ts';

// One MGET of many keys costs Redis and the connection a fifth of one command per key. Values that are too long or not
// strings are left out, so the reply is bounded.
const READ = `local values, keys, places = {}, {}, {}
for place, key in ipairs(KEYS) do
values[place] = false
local beyond = redis.pcall('GETRANGE', key, ARGV[place], ARGV[place])
if type(beyond) == 'table' and not string.find(beyond.err, 'WRONGTYPE', 1, true) then return beyond end
if beyond == '' then
keys[#keys + 1] = key
places[#places + 1] = place
end
end
if #keys > 0 then
for index, value in ipairs(redis.call('MGET', unpack(keys))) do values[places[index]] = value end
end
return values`;

// Lua's `unpack` returns a limited number of values.
const MAX_KEYS = 1000;

/** Whether a command is a read of many keys. */
export function isJoinedRead([name, script]: Command): boolean {
  return name === 'EVAL' && script === READ;
}

/** The number of keys of such a read. */
export function keyCountOf([, , count]: Command): number {
  return Number(count);
}

/** Joins commands `GETRANGE key 0 last` into reads of many keys. A longer value comes back as null. */
export function joinReads(reads: readonly Command[]): readonly Command[] {
  const joined: Command[] = [];
  for (let from = 0; from < reads.length; from += MAX_KEYS) {
    const some = reads.slice(from, from + MAX_KEYS);
    joined.push([
      'EVAL',
      READ,
      some.length,
      ...some.map(([, key = '']) => key),
      ...some.map(([, , , last = 0]) => last),
    ]);
  }
  return joined;
}

/** One reply per original read. If Redis refused a joined command, each of its reads gets the refusal. */
export function splitReads(joined: readonly Command[], replies: readonly Reply[]): Reply[] {
  return joined.flatMap((command, index) => {
    const reply = replies[index] as Reply | Reply[];
    return Array.isArray(reply) ? reply : new Array<Reply>(keyCountOf(command)).fill(reply);
  });
}
