import { describe, expect, it } from 'vitest';
import { type Mutation, withMutant } from './mutant.ts';
import { runShare } from './workers.ts';

// What each takes away, and the promise whose breach gives it away first. A mutation that is caught by no seed of so
// many means that the simulation proves nothing of what it took away.
const MOST_SEEDS = 1500;

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
  'believes memory for ever': {
    file: 'engine/generations.ts',
    from: 'now - time.at < trustMs;',
    to: 'now >= time.at;',
  },
  'tries a failing load again for each waiter': {
    file: 'engine/leases.ts',
    from: 'policy.pauseMs > 0 ? failed.keys() : []',
    to: '[]',
  },
  'keeps a failure only for the first who asks': {
    file: 'engine/loads.ts',
    from: 'const kept = failures.get(key);',
    to: 'const kept = failures.get(key); failures.delete(key);',
  },
  'joins a flight however old': {
    file: 'engine/flights.ts',
    from: 'start.time.at >= time.at - trustMs',
    to: 'start.time.at >= 0',
  },
  'lets flights be joined after an invalidation': {
    file: 'engine/flights.ts',
    from: 'flights.detach((start) => start.tags.some((tag) => tags.has(tag)));',
    to: 'void flights;',
  },
  'learns answers out of order': {
    file: 'engine/generations.ts',
    from: 'if (known !== undefined && time.sequence < known.time.sequence) return;',
    to: '',
  },
  'adopts nothing on its own invalidation': {
    file: 'engine/invalidator.ts',
    from: 'for (const [tag, token] of tokens) generations.adopt(tag, token, time);',
    to: '',
  },
  'acknowledges what Redis did not take': {
    file: 'engine/invalidator.ts',
    from: 'throw new InvalidationNotAcknowledged(',
    to: 'return new Map(); new InvalidationNotAcknowledged(',
  },
  'loads beside its own load': {
    file: 'engine/loads.ts',
    from: '(start) => isServable([start])',
    to: '() => false',
  },
  'joins an outdated load': {
    file: 'engine/loads.ts',
    from: '(start) => isServable([start])',
    to: '() => true',
  },
  'lets leases run out under a load': {
    file: 'engine/leases.ts',
    from: 'if (working) await',
    to: 'if (!working) await',
  },
  'takes a long wait for a Redis that does not answer': {
    file: 'engine/leased-loads.ts',
    from: 'poll === 0 ? budget : createBudget(budgetMs, clock, report)',
    to: 'budget',
  },
  'loads for a caller that wants what is cached only': {
    file: 'engine/reads.ts',
    from: "look('lookup', batch, keys, read)",
    to: "look('miss', batch, keys, read)",
  },
  'trusts by the wall clock': {
    file: 'engine/generations.ts',
    from: 'let sequence = 0;',
    to: 'let sequence = 0; clock = { ...clock, monotonic: clock.now };',
  },
  'loads what is fresh in memory': {
    file: 'engine/tiers.ts',
    from: "return freshness(entry, now) !== 'dead';",
    to: 'return false;',
  },
  'loads what is fresh in Redis': {
    file: 'engine/acceptable.ts',
    from: `if (mode === 'miss') return freshness(entry, clock.monotonic()) !== 'dead';`,
    to: `if (mode === 'miss') return false;`,
  },
  'serves what it could not verify after a stall': {
    file: 'engine/dependencies.ts',
    from: "(verdict === 'unverified' && !shared?.isResuming)",
    to: "verdict === 'unverified'",
  },
  'serves an entry unverified after a stall': {
    file: 'engine/tiers.ts',
    from: '[...unverified].filter(([, entry]) => isServable([entry]))',
    to: 'unverified',
  },
  'serves a response unverified after a stall': {
    file: 'engine/derived.ts',
    from: 'isServable(item.dependencies)',
    to: "judge(item) !== 'invalid'",
  },
  'joins a load from before a stall': {
    file: 'engine/loads.ts',
    from: 'isServable([start])',
    to: "generations.judge(start) !== 'invalid'",
  },
  'never forgets a waiter': {
    file: 'engine/leased-loads.ts',
    from: 'others?.delete(resolve);',
    to: '',
  },
  'leaves a flight behind': {
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
  },
  'adopts at the time of the question': {
    file: 'engine/generations.ts',
    from: 'record(tag, isLast ? token : undefined, time.at);',
    to: `knownByTag.set(tag, {
        ...{ token: isLast ? token : undefined, time, isUnverified: false },
        ...{ learnedAt: time.sequence, invalidatedAt: time.sequence },
      });`,
  },
  'counts a wait over several loads as one': {
    file: 'engine/leased-loads.ts',
    from: 'if (waits.get(key)?.owner !== owner)',
    to: 'if (!waits.has(key))',
  },
  'loads although Redis holds what is new enough': {
    file: 'engine/acceptable.ts',
    from: 'return entry !== null && isNewEnough(entry);',
    to: 'return false;',
  },
  'takes what is too old from Redis': {
    file: 'engine/acceptable.ts',
    from: 'startedAt - entry.loadBeganAt <= maxAgeMs',
    to: 'true',
  },
  'joins a flight that takes what is older': {
    file: 'engine/flights.ts',
    from: ' && start.maxAgeMs <= maxAgeMs',
    to: '',
  },
  'lets a clock that is set back make younger what it has seen': {
    file: 'engine/entry.ts',
    from: 'seen ? Math.min(began, seen.loadBeganAt) : began',
    to: 'began',
  },
  'lives by the wall clock': {
    file: 'engine/cache.ts',
    from: 'const { shared, backplane, clock, sleep, newToken, report } = options;',
    to: `const { now } = options.clock;
  const clock = { now, monotonic: now };
  options = { ...options, clock };
  const { shared, backplane, sleep, newToken, report } = options;`,
  },
  'takes what began in the future for new': {
    file: 'engine/acceptable.ts',
    from: 'maxAgeMs === 0 || entry.isAgeUnknown',
    to: 'maxAgeMs === 0',
  },
  'gives what is too old': {
    file: 'engine/acceptable.ts',
    from: 'entry.isAgeUnknown === true || readAt - entry.loadBeganAt > maxAgeMs',
    to: 'false',
  },
  'gives from memory what is too old': {
    file: 'engine/reads.ts',
    from: 'if (read && isTooOld(entry, read, now)) return undefined;',
    to: '',
  },
  'does not wait for what is fresh': {
    file: 'engine/refresher.ts',
    from: "read.mode === 'fresh'",
    to: "read.mode === 'stale'",
  },
  'keeps an answer by the generations of now': {
    file: 'engine/derived.ts',
    from: 'const dependencies = dependenciesOf(sources);',
    to: `const dependencies = dependenciesOf(sources.map((source) => ({
        ...source,
        generations: source.tags.map((tag) => generations.tokenOf(tag)),
      })));`,
  },
  'keeps an answer whose entries are of two generations': {
    file: 'engine/dependencies.ts',
    from: 'if ((tokens.get(tag) ?? token) !== token) return null;',
    to: '',
  },
  'forgets one tag of an answer': {
    file: 'engine/dependencies.ts',
    from: '{ tags: [...tokens.keys()], generations: [...tokens.values()] }',
    to: '{ tags: [...tokens.keys()].slice(1), generations: [...tokens.values()].slice(1) }',
  },
  'keeps an answer as long as its youngest entry': {
    file: 'engine/derived-value.ts',
    from: 'staleUntil: Math.min(endsAt, ...sources.map(({ staleUntil }) => staleUntil))',
    to: 'staleUntil: Math.max(...sources.map(({ staleUntil }) => staleUntil))',
  },
  'believes an answer for ever': {
    file: 'engine/derived.ts',
    from: 'if (!item || !isTrusted(item, now)) return undefined;',
    to: 'if (!item) return undefined;',
  },
  'takes an answer from Redis without asking for its generations': {
    file: 'engine/derived-tier.ts',
    from: "if (judge(item) === 'valid') return item;",
    to: "if (judge(item) !== 'invalid') return item;",
  },
  'serves a dead answer': {
    file: 'engine/derived.ts',
    from: 'return isAlive ? item : undefined;',
    to: 'return item;',
  },
  'joins an execution that began before an invalidation': {
    file: 'engine/derived.ts',
    from: "judgeAll(generations, sources) === 'valid'",
    to: 'sources.length >= 0',
  },
  'executes for each who asks': {
    file: 'engine/derived.ts',
    from: 'works.join(name, ({ epoch, at }) =>',
    to: 'works.join(name, ({ epoch, at }) => name.length < 0 &&',
  },
  'keeps an absence as long as a value': {
    file: 'engine/entries.ts',
    from: 'value === null ? policy.absent : policy',
    to: 'policy',
  },
};

describe('the simulation catches an engine that', () => {
  it.for(Object.entries(MUTATIONS))('%s', { timeout: 120_000 }, async ([name, mutation]) => {
    const { seeds, failure } = await withMutant(mutation, (mutant) =>
      runShare({ from: 1, count: MOST_SEEDS, mutant }),
    );
    process.stdout.write(`${name}: seed ${seeds}, ${failure?.broken}\n`);
    expect(failure).not.toBeNull();
  });
});
