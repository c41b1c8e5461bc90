import { describe, expect, it } from 'vitest';
import { type Mutation, withMutant } from './mutant.ts';
import { runShare } from './workers.ts';

// Each mutation removes one safeguard, and the test prints the promise that breaks first. If no seed up to this number
// catches a mutation, the simulation does not test that safeguard.
const MAX_SEEDS = 3000;

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'drops the generation check': {
    file: 'redis/shared-tier.ts',
    from: 'generations[index] !== undefined && tokens.get(tag) === generations[index]',
    to: 'generations[index] !== tag',
  },
  'reads generations after the load': {
    file: 'engine/loads.ts',
    from: 'generations: load.generations }',
    to: 'generations: load.tags.map((tag) => generations.tokenOf(tag)) }',
  },
  'releases a lease unconditionally': {
    file: 'redis/shared-tier.ts',
    from: `"if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"`,
    to: `"return redis.call('DEL', KEYS[1])"`,
  },
  'fills without owning the lease': {
    file: 'redis/shared-tier.ts',
    from: `if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end`,
    to: '',
  },
  'trusts memory for ever': {
    file: 'engine/generations.ts',
    from: 'now - time.at < trustMs;',
    to: 'now >= time.at;',
  },
  'retries a failed load for each waiter': {
    file: 'engine/leases.ts',
    from: 'policy.pauseMs > 0 ? failed.keys() : []',
    to: '[]',
  },
  'keeps a failure only for the first caller': {
    file: 'engine/loads.ts',
    from: 'const kept = failures.get(key);',
    to: 'const kept = failures.get(key); failures.delete(key);',
    caughtBy: 993,
  },
  'joins a flight of any age': {
    file: 'engine/flights.ts',
    from: 'start.time.at >= time.at - trustMs',
    to: 'start.time.at >= 0',
    caughtBy: 79,
  },
  'lets flights be joined after an invalidation': {
    file: 'engine/flights.ts',
    from: 'flights.detach((start) => start.tags.some((tag) => tags.has(tag)));',
    to: 'void flights;',
    caughtBy: 103,
  },
  'records generations out of order': {
    file: 'engine/generations.ts',
    from: 'if (known !== undefined && time.sequence < known.time.sequence) return;',
    to: '',
    caughtBy: 224,
  },
  'does not adopt the generations of its own invalidation': {
    file: 'engine/invalidator.ts',
    from: 'for (const [tag, token] of tokens) generations.adopt(tag, token, time);',
    to: '',
  },
  'acknowledges an invalidation that Redis did not accept': {
    file: 'engine/invalidator.ts',
    from: 'throw new InvalidationNotAcknowledged(',
    to: 'return new Map(); new InvalidationNotAcknowledged(',
    caughtBy: 46,
  },
  'starts a second load of a key in one process': {
    file: 'engine/loads.ts',
    from: '(start) => isServable([start])',
    to: '() => false',
    caughtBy: 111,
  },
  'joins an outdated load': {
    file: 'engine/loads.ts',
    from: '(start) => isServable([start])',
    to: '() => true',
    caughtBy: 79,
  },
  'lets a lease expire during its load': {
    file: 'engine/leases.ts',
    from: 'if (working) await',
    to: 'if (!working) await',
  },
  'mistakes a long wait for an unavailable Redis': {
    file: 'engine/leased-loads.ts',
    from: 'poll === 0 ? budget : createBudget(budgetMs, clock, report)',
    to: 'budget',
  },
  'loads for a cache-only read': {
    file: 'engine/reads.ts',
    from: "look('lookup', batch, keys, read)",
    to: "look('miss', batch, keys, read)",
  },
  'trusts by the wall clock': {
    file: 'engine/generations.ts',
    from: 'let sequence = 0;',
    to: 'let sequence = 0; clock = { ...clock, monotonic: clock.now };',
    caughtBy: 377,
  },
  'loads a key that is fresh in memory': {
    file: 'engine/tiers.ts',
    from: "return freshness(entry, now) !== 'dead';",
    to: 'return false;',
    caughtBy: 32,
  },
  'loads a key that is fresh in Redis': {
    file: 'engine/read-options.ts',
    from: `if (mode === 'miss') return freshness(entry, clock.monotonic()) !== 'dead';`,
    to: `if (mode === 'miss') return false;`,
  },
  'answers at once from an entry that it does not trust': {
    file: 'engine/trial.ts',
    from: 'isTrusted(entry, now) &&',
    to: '',
    caughtBy: 57,
  },
  'answers at once from a stale entry': {
    file: 'engine/trial.ts',
    from: "freshness(entry, now) === 'fresh' &&",
    to: '',
    caughtBy: 602,
  },
  'keeps a verdict beyond an invalidation': {
    file: 'engine/trial.ts',
    from: 'known.epoch === generations.epoch && ',
    to: '',
    caughtBy: 620,
  },
  'keeps a verdict beyond the trust time': {
    file: 'engine/trial.ts',
    from: ' && now < known.until',
    to: '',
    caughtBy: 210,
  },
  'serves a value that it could not verify after a stall': {
    file: 'engine/dependencies.ts',
    from: "(verdict === 'unverified' && !shared?.isResuming)",
    to: "verdict === 'unverified'",
    caughtBy: 79,
  },
  'serves an entry unverified after a stall': {
    file: 'engine/tiers.ts',
    from: '[...unverified].filter(([, entry]) => isServable([entry]))',
    to: 'unverified',
    caughtBy: 139,
  },
  'serves a response unverified after a stall': {
    file: 'engine/derived.ts',
    from: 'isServable(item.dependencies)',
    to: "judge(item) !== 'invalid'",
    caughtBy: 299,
  },
  'joins a load from before a stall': {
    file: 'engine/loads.ts',
    from: 'isServable([start])',
    to: "generations.judge(start) !== 'invalid'",
    caughtBy: 79,
  },
  'never forgets a waiter': {
    file: 'engine/leased-loads.ts',
    from: 'others?.delete(resolve);',
    to: '',
    caughtBy: 3500,
  },
  'leaks a flight': {
    file: 'engine/single-flight.ts',
    from: 'if (flights.get(key) === flight) flights.delete(key);',
    to: '',
  },
  'stores an entry without an expiry': {
    file: 'redis/shared-tier.ts',
    from: `redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])\nredis.call('DEL', KEYS[2])`,
    to: `redis.call('SET', KEYS[1], ARGV[2])\nredis.call('DEL', KEYS[2])`,
  },
  'adopts an older acknowledgement': {
    file: 'engine/generations.ts',
    from: 'const isLast = known === undefined || known.time.sequence < time.sequence;',
    to: 'const isLast = true;',
    caughtBy: 1724,
  },
  'adopts a generation at the time of the request': {
    file: 'engine/generations.ts',
    from: 'record(tag, isLast ? token : undefined, time.at);',
    to: `knownByTag.set(tag, {
        ...{ token: isLast ? token : undefined, time, isUnverified: false },
        ...{ learnedAt: time.sequence, invalidatedAt: time.sequence },
      });`,
    caughtBy: 32,
  },
  'counts a wait over several loads as one': {
    file: 'engine/leased-loads.ts',
    from: 'if (waits.get(key)?.owner !== owner)',
    to: 'if (!waits.has(key))',
  },
  'loads although Redis holds a value that is new enough': {
    file: 'engine/read-options.ts',
    from: 'return entry !== null && isNewEnough(entry);',
    to: 'return false;',
    caughtBy: 87,
  },
  'takes a value from Redis that is too old': {
    file: 'engine/read-options.ts',
    from: 'startedAt - entry.loadBeganAt <= maxAgeMs',
    to: 'true',
  },
  'joins a flight that accepts older values': {
    file: 'engine/flights.ts',
    from: ' && start.maxAgeMs <= maxAgeMs',
    to: '',
    caughtBy: 322,
  },
  'lets a clock that is set back rejuvenate a known entry': {
    file: 'engine/entry.ts',
    from: 'seen ? Math.min(began, seen.loadBeganAt) : began',
    to: 'began',
    caughtBy: 29,
  },
  'measures ages by the wall clock': {
    file: 'engine/cache.ts',
    from: 'const { shared, backplane, clock, sleep, newToken, report } = options;',
    to: `const { now } = options.clock;
  const clock = { now, monotonic: now };
  options = { ...options, clock };
  const { shared, backplane, sleep, newToken, report } = options;`,
  },
  'treats an entry from the future as new': {
    file: 'engine/read-options.ts',
    from: 'maxAgeMs === 0 || entry.isAgeUnknown',
    to: 'maxAgeMs === 0',
  },
  'returns a value that is too old': {
    file: 'engine/read-options.ts',
    from: 'entry.isAgeUnknown === true || readAt - entry.loadBeganAt > maxAgeMs',
    to: 'false',
  },
  'returns a value from memory that is too old': {
    file: 'engine/reads.ts',
    from: 'if (read && isTooOld(entry, read, now)) return undefined;',
    to: '',
  },
  'does not wait for a fresh value': {
    file: 'engine/lookup.ts',
    from: 'if (read.awaitRefresh)',
    to: 'if (false)',
  },
  'derives from a derived value by its first tag alone': {
    file: 'engine/derived-value.ts',
    from: '({ ...item, ...each, value,',
    to: `({ ...item, tags: each.tags.slice(0, 1),
      generations: 'sequence' in each.generations ? each.generations : each.generations.slice(0, 1), value,`,
    caughtBy: 2897,
  },
  'derives from a derived value beyond its end': {
    file: 'engine/derived-value.ts',
    from: '({ ...item, ...each, value,',
    to: `({ ...item, ...each, freshUntil: item.freshUntil + 5000, staleUntil: item.staleUntil + 5000,
      stored: { ...item.stored, freshUntil: item.stored.freshUntil + 5000, staleUntil: item.stored.staleUntil + 5000 }, value,`,
    caughtBy: 278,
  },
  'stores a response with the current generations': {
    file: 'engine/derived.ts',
    from: 'const dependencies = dependenciesOf(sources);',
    to: `const dependencies = dependenciesOf(sources.map((source) => ({
        ...source,
        generations: source.tags.map((tag) => generations.tokenOf(tag)),
      })));`,
    caughtBy: 63,
  },
  'stores a response whose entries have two generations of one tag': {
    file: 'engine/dependencies.ts',
    from: 'if ((tokens.get(tag) ?? token) !== token) return null;',
    to: '',
    caughtBy: 350,
  },
  'forgets one tag of a response': {
    file: 'engine/dependencies.ts',
    from: '{ tags: [...tokens.keys()], generations: [...tokens.values()] }',
    to: '{ tags: [...tokens.keys()].slice(1), generations: [...tokens.values()].slice(1) }',
  },
  'keeps a response as long as its youngest entry': {
    file: 'engine/derived-value.ts',
    from: 'times.staleUntil = Math.min(times.staleUntil, source.staleUntil);',
    to: `times.staleUntil =
      times.staleUntil === endsAt ? source.staleUntil : Math.max(times.staleUntil, source.staleUntil);`,
    caughtBy: 32,
  },
  'trusts a response for ever': {
    file: 'engine/derived.ts',
    from: 'if (!item || !isVerified(item, now)) return undefined;',
    to: 'if (!item) return undefined;',
  },
  'takes a response from Redis without checking its generations': {
    file: 'engine/derived-tier.ts',
    from: "if (judge(item) === 'valid') return item;",
    to: "if (judge(item) !== 'invalid') return item;",
    caughtBy: 258,
  },
  'serves a dead response': {
    file: 'engine/derived.ts',
    from: 'return isAlive ? item : undefined;',
    to: 'return item;',
  },
  'joins an execution that began before an invalidation': {
    file: 'engine/derived.ts',
    from: "judgeAll(generations, sources) === 'valid'",
    to: 'sources.length >= 0',
    caughtBy: 586,
  },
  'executes once for each caller': {
    file: 'engine/derived.ts',
    from: 'works.join(name, ({ epoch, at }) =>',
    to: 'works.join(name, ({ epoch, at }) => name.length < 0 &&',
  },
  'keeps an absence as long as a value': {
    file: 'engine/tiers.ts',
    from: 'value === null ? policy.absent : policy',
    to: 'policy',
    caughtBy: 45,
  },
};

describe('the simulation catches an engine that', () => {
  it.for(Object.entries(MUTATIONS))('%s', { timeout: 120_000 }, async ([name, mutation]) => {
    const { caughtBy } = mutation;
    const failure = await withMutant(mutation, async (mutant) => {
      const known = caughtBy && (await runShare({ from: caughtBy, count: 1, mutant })).failure;
      return known || (await runShare({ from: 1, count: MAX_SEEDS, mutant })).failure;
    });
    process.stdout.write(`${name}: seed ${failure?.seed}, ${failure?.broken}\n`);
    expect(failure).not.toBeNull();
  });
});
