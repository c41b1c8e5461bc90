import type { Clock } from '../clock.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import { type Acquired, type GenerationTokens, type Lease, validEntry } from '../redis/shared-tier.ts';
import { type Entry, toLocal } from './entry.ts';
import { type Batch, greatestAges, tagsOf } from './key-class.ts';
import { type AcquireResult, createLeases, type LeasesOptions } from './leases.ts';
import type { Failures, Loads, Settle } from './loads.ts';
import {
  type Budget,
  createBudget,
  createIsAcceptable,
  type IsAcceptable,
  type LoadMode,
} from './read-options.ts';

export interface LeasedLoadsOptions extends LeasesOptions {
  readonly memory: MemoryStore;
  readonly failures: Failures;
  readonly loads: Loads;
  readonly waiters: Waiters;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newToken: () => string;
  /** Tells the other processes that these keys are loaded, or have failed. */
  readonly announce: (keys: readonly string[]) => void;
  /** How long one check of whether another process is done may take, in milliseconds. */
  readonly budgetMs: number;
  readonly leaseMs: number;
}

/** Loads of which the cluster does one a key, under a lease in Redis. */
export interface LeasedLoads {
  /**
   * Settles each key from a load of this process, from the load of another process, or from an acceptable entry of Redis.
   * `maxAgeMs` is the oldest entry that a `force` accepts; by default it accepts none.
   */
  run(
    batch: Batch,
    keys: readonly string[],
    mode: LoadMode,
    budget: Budget,
    settle: Settle,
    maxAgeMs?: number,
  ): Promise<void>;
}

/** The keys that a lease request has not settled. */
interface Partition {
  /** This process has the lease: the entry that Redis had, valid or not. */
  readonly won: ReadonlyMap<string, Entry<unknown> | undefined>;
  /** Another process has the lease: its owner token. */
  readonly held: ReadonlyMap<string, string>;
}

const MIN_POLL_MS = 10;
const MAX_POLL_MS = 200;

export function createLeasedLoads(options: LeasedLoadsOptions): LeasedLoads {
  const { memory, generations, failures, loads, waiters, failureCodec, clock } = options;
  const { random, newToken, report, announce, budgetMs, leaseMs, tripMs } = options;
  const leases = createLeases(options);

  return {
    async run(batch, keys, mode, budget, settle, maxAgeMs = 0) {
      const lease = { owner: newToken(), leaseMs };
      // A load that takes its whole time limit may need another trip to store its result.
      const waits = createLeaseWaits(batch.keyClass.policy.hardTimeoutMs + tripMs, clock);
      const isAcceptable = createIsAcceptable(mode, keys, maxAgeMs, options);
      const loading: Promise<void>[] = [];
      let waiting = keys;
      let waited: { readonly count: number; readonly since: number } | null = null;
      for (let poll = 0; waiting.length > 0; poll += 1) {
        // The read waits for a load here, not for Redis. Each further poll has a separate budget: otherwise many
        // fast polls together would count as a Redis that does not reply.
        const look = poll === 0 ? budget : createBudget(budgetMs, clock, report);
        const result = await leases.acquire(batch, waiting, lease, look);
        if (result === null) {
          loading.push(loadAlone(batch, waiting, settle));
          break;
        }
        const { won, held } = partition(batch, waiting, result, lease, isAcceptable, poll > 0, settle);
        if (won.size > 0) loading.push(loadUnderLease(batch, won, lease, result.tokens, settle));
        if (mode === 'background') {
          for (const key of held.keys()) settle(key, null);
          break;
        }
        const overdue = new Set(waits.overdue(held));
        if (overdue.size > 0) loading.push(loadAlone(batch, [...overdue], settle));
        waiting = [...held.keys()].filter((key) => !overdue.has(key));
        if (waiting.length === 0) break;
        waited ??= { count: waiting.length, since: clock.monotonic() };
        await waiters.wait(waiting, Math.min(MAX_POLL_MS, MIN_POLL_MS * 2 ** poll) * (0.5 + random()));
      }
      if (waited) {
        const durationMs = clock.monotonic() - waited.since;
        report({ type: 'lease-waited', keyClass: batch.keyClass.name, count: waited.count, durationMs });
      }
      await Promise.all(loading);
    },
  };

  /** Settles the keys that have an acceptable entry or a shared failure in Redis, and partitions the others. */
  function partition(
    batch: Batch,
    keys: readonly string[],
    { acquired, tokens }: AcquireResult,
    lease: Lease,
    isAcceptable: IsAcceptable,
    hasWaited: boolean,
    settle: Settle,
  ): Partition {
    const won = new Map<string, Entry<unknown> | undefined>();
    const held = new Map<string, string>();
    const notNeeded: string[] = [];
    keys.forEach((key, index) => {
      const { found, lease: state, owner = '' } = acquired[index] as Acquired<unknown>;
      const local =
        typeof found === 'object'
          ? toLocal(found, greatestAges(batch.keyClass, found.value), clock, memory.get(key))
          : undefined;
      const entry = local && validEntry(found, tokens) ? local : null;
      // Reported by the process that will replace the value, not by all that read it.
      if (found === 'invalid' && state === 'acquired')
        report({ type: 'invalid-value', keyClass: batch.keyClass.name, count: 1 });
      if (isAcceptable(key, entry)) {
        memory.set(key, entry);
        settle(key, entry, hasWaited ? 'load' : 'redis');
        if (state === 'acquired') notNeeded.push(key);
      } else if (state === 'acquired') won.set(key, local);
      else if (state === 'held') held.set(key, owner);
      else {
        const failure = failureCodec.fromText(state.failure);
        failures.set(key, failure, batch.keyClass.policy.pauseMs);
        settle(key, failure);
      }
    });
    if (notNeeded.length > 0) leases.release(batch, notNeeded, lease);
    return { won, held };
  }

  async function loadUnderLease(
    batch: Batch,
    won: Partition['won'],
    lease: Lease,
    tokens: GenerationTokens,
    settle: Settle,
  ): Promise<void> {
    const keys = [...won.keys()];
    report({ type: 'lease-won', keyClass: batch.keyClass.name, count: keys.length });
    const generationsOf = (key: string) => {
      const found = tagsOf(batch, key).map((tag) => tokens.get(tag));
      // Redis can evict a generation between creating it and reading it.
      return found.every((token) => token !== undefined) ? found : generations.tick();
    };
    const originOf = (key: string) => ({ generations: generationsOf(key), inRedis: won.get(key) });
    const loaded = await leases.keep(batch, keys, lease, () => loads.run(batch, keys, originOf, settle));
    await leases.finish(batch, keys, lease, loaded);
    announce(keys);
  }

  async function loadAlone(batch: Batch, keys: readonly string[], settle: Settle): Promise<void> {
    const { fills } = await loads.runAlone(batch, keys, settle);
    leases.put(batch, fills);
  }
}

/** How long one read has waited for each key. The time starts again at 0 when the lease of the key changes hands. */
export interface LeaseWaits {
  /**
   * Takes the current lease owner of each key. Returns the keys whose owner has had the lease for longer than a load may
   * take: that load is not about to end.
   */
  overdue(ownerByKey: ReadonlyMap<string, string>): readonly string[];
}

/** `limitMs` is the longest that a load may take, in milliseconds. */
export function createLeaseWaits(limitMs: number, clock: Pick<Clock, 'monotonic'>): LeaseWaits {
  const waits = new Map<string, { readonly owner: string; readonly since: number }>();
  return {
    overdue(ownerByKey) {
      const now = clock.monotonic();
      for (const [key, owner] of ownerByKey)
        if (waits.get(key)?.owner !== owner) waits.set(key, { owner, since: now });
      return [...ownerByKey.keys()].filter((key) => now - (waits.get(key)?.since ?? now) >= limitMs);
    },
  };
}

/** Reads that wait until another process has filled a key. */
export interface Waiters {
  /** Resolves when one of the keys is reported filled, or after `ms` milliseconds. */
  wait(keys: readonly string[], ms: number): Promise<void>;
  wake(keys: readonly string[]): void;
  /** How many keys are waited for. */
  readonly size: number;
}

export function createWaiters(sleep: (ms: number) => Promise<void>): Waiters {
  const waiting = new Map<string, Set<() => void>>();
  return {
    async wait(keys, ms) {
      const { promise, resolve } = Promise.withResolvers<void>();
      for (const key of keys) waiting.set(key, (waiting.get(key) ?? new Set()).add(resolve));
      await Promise.race([promise, sleep(ms)]);
      for (const key of keys) {
        const others = waiting.get(key);
        others?.delete(resolve);
        if (others?.size === 0) waiting.delete(key);
      }
    },
    wake(keys) {
      for (const key of keys) for (const resolve of waiting.get(key) ?? []) resolve();
    },
    get size() {
      return waiting.size;
    },
  };
}
