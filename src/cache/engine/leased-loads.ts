import type { Clock } from '../clock.ts';
import type { Report } from '../events.ts';
import { greatestAges, toLocal } from '../memory/local-entry.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import { type Acquired, type Lease, type SharedTier, type Tokens, validEntry } from '../redis/shared-tier.ts';
import { createWants, type LoadMode, type Wants } from './acceptable.ts';
import { allTagsOf, type Batch, tagsOf } from './batch.ts';
import { type Budget, createBudget } from './budget.ts';
import type { Entry, StoredEntry } from './entry.ts';
import type { Failures } from './failures.ts';
import type { Generations } from './generations.ts';
import { keepLeases } from './lease-keeper.ts';
import { createLeaseWaits } from './lease-waits.ts';
import type { Loads, Settle } from './loads.ts';
import type { Waiters } from './waiters.ts';

/** Carries a failure to the processes that wait for it. */
export interface FailureCodec {
  readonly toText: (failure: Error) => string;
  readonly fromText: (text: string) => Error;
}

export interface LeasedLoadsOptions {
  readonly shared: SharedTier;
  readonly memory: MemoryStore;
  readonly generations: Generations;
  readonly failures: Failures;
  readonly loads: Loads;
  readonly waiters: Waiters;
  readonly failureCodec: FailureCodec;
  readonly clock: Clock;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly newToken: () => string;
  readonly report: Report;
  /** Runs work that no request waits for. */
  readonly runInBackground: (work: Promise<unknown>) => void;
  /** Tells the other processes that these keys are loaded, or have failed. */
  readonly announce: (keys: readonly string[]) => void;
  /** The longest that one look at whether another process is done may take, in milliseconds. */
  readonly budgetMs: number;
  readonly leaseMs: number;
  /** How long a trip may take that no answer waits for. */
  readonly tripMs: number;
}

export interface LeasedLoads {
  /**
   * Settles every key: from a load of this process, from what another loads at the same time, or for a `refresh` from
   * what Redis holds of no more than `maxAgeMs`, by default 0.
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

interface Turn {
  readonly acquired: readonly Acquired<unknown>[];
  readonly tokens: Tokens;
}

const FIRST_POLL_MS = 10;
const LAST_POLL_MS = 200;

/** Loads of which there is one a key in the whole cluster, by a lease in Redis. */
export function createLeasedLoads(options: LeasedLoadsOptions): LeasedLoads {
  const { shared, memory, generations, failures, loads, waiters, failureCodec, clock, sleep } = options;
  const { random, newToken, report, runInBackground, announce, budgetMs, leaseMs, tripMs } = options;

  return {
    async run(batch, keys, mode, budget, settle, maxAgeMs = 0) {
      const lease = { owner: newToken(), leaseMs };
      // A load that ends as late as it may has as long as a trip to say so.
      const waits = createLeaseWaits(batch.keyClass.policy.hardTimeoutMs + tripMs, clock);
      const wants = createWants(mode, keys, maxAgeMs, options);
      const loading: Promise<void>[] = [];
      let waiting = keys;
      let waited: { readonly count: number; readonly since: number } | null = null;
      for (let poll = 0; waiting.length > 0; poll += 1) {
        // To wait is to wait for the load, not for Redis: each further look has a budget of its own, or many looks
        // at a Redis that answers would be taken for one that does not.
        const look = poll === 0 ? budget : createBudget(budgetMs, clock, report);
        const turn = await acquire(batch, waiting, lease, look);
        if (turn === null) {
          loading.push(loadAlone(batch, waiting, settle));
          break;
        }
        const { won, held } = deal(batch, waiting, turn, lease, wants, poll > 0, settle);
        if (won.size > 0) loading.push(loadUnderLease(batch, won, lease, turn.tokens, settle));
        if (mode === 'background') {
          for (const key of held.keys()) settle(key, null);
          break;
        }
        const overdue = new Set(waits.overdue(held));
        if (overdue.size > 0) loading.push(loadAlone(batch, [...overdue], settle));
        waiting = [...held.keys()].filter((key) => !overdue.has(key));
        if (waiting.length === 0) break;
        waited ??= { count: waiting.length, since: clock.monotonic() };
        await waiters.wait(waiting, Math.min(LAST_POLL_MS, FIRST_POLL_MS * 2 ** poll) * (0.5 + random()));
      }
      if (waited) {
        const durationMs = clock.monotonic() - waited.since;
        report({ type: 'lease-waited', keyClass: batch.keyClass.name, count: waited.count, durationMs });
      }
      await Promise.all(loading);
    },
  };

  async function acquire(
    batch: Batch,
    keys: readonly string[],
    lease: Lease,
    budget: Budget,
  ): Promise<Turn | null> {
    const tags = allTagsOf(batch, keys);
    // Before the trip: the generations it brings are those of a load that begins after it.
    const time = generations.tick();
    try {
      const turn = await budget.spend((ms) => shared.acquire(keys, tags, lease, batch.keyClass.codec, ms));
      for (const tag of tags) generations.learn(tag, turn.tokens.get(tag), time);
      return turn;
    } catch (cause) {
      report({ type: 'store-failed', operation: 'acquire', keyClass: batch.keyClass.name, cause });
      // It may have been done all the same, and a lease that nobody knows of keeps everybody waiting.
      letGo(batch, keys, lease);
      return null;
    }
  }

  /** Settles what the turn settles; what is left is this process's to load, or being loaded by another. */
  function deal(
    batch: Batch,
    keys: readonly string[],
    { acquired, tokens }: Turn,
    lease: Lease,
    wants: Wants,
    waited: boolean,
    settle: Settle,
  ) {
    // With what Redis held, valid or not.
    const won = new Map<string, Entry<unknown> | undefined>();
    const held = new Map<string, string>();
    const notNeeded: string[] = [];
    keys.forEach((key, index) => {
      const { found, lease: state, owner = '' } = acquired[index] as Acquired<unknown>;
      const local = typeof found === 'object' ? localOf(batch, key, found) : undefined;
      const entry = local && validEntry(found, tokens) ? local : null;
      // Told by the one that will replace it, not by all who meet it.
      if (found === 'invalid' && state === 'won') count('invalid-value', batch, 1);
      if (wants.areMet(key, entry)) {
        memory.set(key, entry);
        settle(key, entry, waited ? 'load' : 'redis');
        if (state === 'won') notNeeded.push(key);
      } else if (state === 'won') won.set(key, local);
      else if (state === 'held') held.set(key, owner);
      else {
        const failure = failureCodec.fromText(state.failure);
        failures.set(key, failure, batch.keyClass.policy.pauseMs);
        settle(key, failure);
      }
    });
    if (notNeeded.length > 0) letGo(batch, notNeeded, lease);
    return { won, held };
  }

  function localOf({ keyClass }: Batch, key: string, stored: StoredEntry<unknown>): Entry<unknown> {
    return toLocal(stored, greatestAges(keyClass, stored.value), clock, memory.get(key));
  }

  async function loadUnderLease(
    batch: Batch,
    won: ReadonlyMap<string, Entry<unknown> | undefined>,
    lease: Lease,
    tokens: Tokens,
    settle: Settle,
  ) {
    const keys = [...won.keys()];
    count('lease-won', batch, keys.length);
    const generationsOf = (key: string) => {
      const found = tagsOf(batch, key).map((tag) => tokens.get(tag));
      // One can be evicted between being made and being read.
      return found.every((token) => token !== undefined) ? found : generations.tick();
    };
    const originOf = (key: string) => ({ generations: generationsOf(key), inRedis: won.get(key) });
    const work = () => loads.run(batch, keys, originOf, settle);
    const { fills, failed } = await keepLeases(keys, lease, work, {
      shared,
      sleep,
      timeoutMs: tripMs,
      onLost: (lost) => count('lease-lost', batch, lost),
      onFailed: (cause) =>
        report({ type: 'store-failed', operation: 'extend', keyClass: batch.keyClass.name, cause }),
    });
    const { name, policy } = batch.keyClass;
    const done = new Set([...fills.map(({ key }) => key), ...(policy.pauseMs > 0 ? failed.keys() : [])]);
    const loose = keys.filter((key) => !done.has(key));
    await Promise.all([
      quietly('fill', name, async () => {
        const kept = await shared.fill(fills, lease.owner, tripMs).catch((cause: unknown) => {
          // A full Redis refuses the fill and still lets go: nobody has to wait until the lease runs out.
          letGo(
            batch,
            fills.map(({ key }) => key),
            lease,
          );
          throw cause;
        });
        count('fill-discarded', batch, kept.filter((each) => !each).length);
      }),
      ...[...failed]
        .filter(([key]) => done.has(key))
        .map(([key, failure]) =>
          quietly('fail', name, () =>
            shared.fail([key], lease.owner, failureCodec.toText(failure), policy.pauseMs, tripMs),
          ),
        ),
      quietly('release', name, () => shared.release(loose, lease.owner, tripMs)),
    ]);
    announce(keys);
  }

  async function loadAlone(batch: Batch, keys: readonly string[], settle: Settle): Promise<void> {
    const { fills } = await loads.runAlone(batch, keys, settle);
    runInBackground(quietly('put', batch.keyClass.name, () => shared.put(fills, tripMs)));
  }

  function letGo(batch: Batch, keys: readonly string[], lease: Lease): void {
    runInBackground(quietly('release', batch.keyClass.name, () => shared.release(keys, lease.owner, tripMs)));
  }

  async function quietly(operation: string, keyClass: string, trip: () => Promise<unknown>): Promise<void> {
    await trip().catch((cause: unknown) => report({ type: 'store-failed', operation, keyClass, cause }));
  }

  function count(
    type: 'invalid-value' | 'lease-won' | 'lease-lost' | 'fill-discarded',
    { keyClass }: Batch,
    count: number,
  ) {
    if (count > 0) report({ type, keyClass: keyClass.name, count });
  }
}
