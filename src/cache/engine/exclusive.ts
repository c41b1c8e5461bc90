import type { Clock } from '../clock.ts';
import type { Report } from '../events.ts';
import type { SharedTier } from '../redis/shared-tier.ts';
import { redisKey } from './batch.ts';
import type { Codec } from './codec.ts';
import { InvalidDefinition } from './key-class.ts';
import { keepLeases } from './lease-keeper.ts';

/** What became of a turn. `taken`: another has it, or its interval is not over; `no-redis`: nobody can tell. */
export type Turn = 'ran' | 'taken' | 'no-redis';

/** A turn that work is done in. */
export interface HeldTurn {
  /** Aborts, with TurnLost, when it is known that the turn is lost. It may have been for a while by then. */
  readonly signal: AbortSignal;
  /**
   * Resolves where nobody else has had the turn since this process took it, as Redis says now.
   * @throws TurnLost where somebody may have had it.
   */
  confirm(): Promise<void>;
}

/** Another process may have taken the turn while the work of this one still went on. */
class TurnLost extends Error {
  override name = 'TurnLost' as const;
}

export interface Turns {
  /**
   * Runs `work` in one process of the cluster, and not again in any until `everyMs` milliseconds after it began, or
   * until it ends where it takes longer. Where it fails, or its process dies, the next who tries has the turn. Where
   * Redis loses the lease, or cannot be told at the end how much of the interval is left, the next has it too soon.
   * @param name lower-case letters and underscores; one a kind of work, not one a thing.
   * @throws what `work` threw.
   */
  takeTurn(
    name: string,
    interval: { readonly everyMs: number },
    work: (turn: HeldTurn) => Promise<void>,
  ): Promise<Turn>;
}

export interface TurnsOptions {
  readonly keyPrefix: string;
  readonly shared: SharedTier | null;
  readonly clock: Clock;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly newToken: () => string;
  readonly report: Report;
  /** How long the turn of a process that died is kept from the others, in milliseconds. */
  readonly leaseMs: number;
  /** How long one trip to Redis may take, in milliseconds. */
  readonly tripMs: number;
}

/** How turns are named in events. */
const TURN = 'turn';
/** Under the name of a turn lies no entry, only its lease beside it. */
const noEntry: Codec<null> = { toJson: () => null, fromJson: () => null };

export function createTurns(options: TurnsOptions): Turns {
  const { keyPrefix, shared, clock } = options;
  const takeOwn = createOwnTurns(clock);

  return {
    async takeTurn(name, { everyMs }, work) {
      if (!/^[a-z_]+$/.test(name))
        throw new InvalidDefinition(
          `Turn ${JSON.stringify(name)} must consist of lower-case letters and underscores.`,
        );
      return shared
        ? takeLeased(redisKey(keyPrefix, `${TURN}_${name}`), everyMs, work, shared)
        : takeOwn(name, everyMs, work);
    },
  };

  async function takeLeased(
    key: string,
    everyMs: number,
    work: (turn: HeldTurn) => Promise<void>,
    tier: SharedTier,
  ): Promise<Turn> {
    const { sleep, newToken, report, leaseMs, tripMs } = options;
    const failed = (operation: string) => (cause: unknown) =>
      report({ type: 'store-failed', operation, keyClass: TURN, cause });
    const lease = { owner: newToken(), leaseMs };
    // A lease that was had without our hearing of it runs out soon by itself.
    const tried = await tier.acquire([key], [], lease, noEntry, tripMs).catch(failed(TURN));
    if (!tried) return 'no-redis';
    if (tried.acquired[0]?.lease !== 'won') return 'taken';

    const beganAt = clock.monotonic();
    const lost = new AbortController();
    const onLost = () => {
      if (lost.signal.aborted) return;
      lost.abort(new TurnLost('the lock was lost during its work'));
      report({ type: 'lease-lost', keyClass: TURN, count: 1 });
    };
    const extend = async (ms: number) => {
      const kept = await tier.extend([key], { ...lease, leaseMs: ms }, tripMs).catch(failed('extend'));
      if (kept?.[0] === false) onLost();
      return kept?.[0] === true;
    };
    const release = () => tier.release([key], lease.owner, tripMs).catch(failed('release'));
    const held: HeldTurn = {
      signal: lost.signal,
      async confirm() {
        // Only its owner renews a lease: one that is still ours has been ours all the time.
        if (await extend(leaseMs)) return;
        lost.signal.throwIfAborted();
        throw new TurnLost('Redis did not confirm that the lock is still held');
      },
    };
    const keeper = { shared: tier, sleep, timeoutMs: tripMs, onLost, onFailed: failed('extend') };
    try {
      await keepLeases([key], lease, () => work(held), keeper);
      const leftMs = Math.ceil(everyMs - (clock.monotonic() - beganAt));
      if (leftMs <= 0) await release();
      else if (!lost.signal.aborted) await extend(leftMs);
      return 'ran';
    } catch (cause) {
      await release();
      throw cause;
    }
  }
}

/** The turns of a process that has nobody to share them with, nor to lose them to. */
function createOwnTurns(clock: Clock) {
  const takenUntil = new Map<string, number>();
  const held: HeldTurn = { signal: new AbortController().signal, confirm: async () => {} };
  return async (name: string, everyMs: number, work: (turn: HeldTurn) => Promise<void>): Promise<Turn> => {
    const beganAt = clock.monotonic();
    if (beganAt < (takenUntil.get(name) ?? beganAt)) return 'taken';
    takenUntil.set(name, Number.POSITIVE_INFINITY);
    try {
      await work(held);
      takenUntil.set(name, beganAt + everyMs);
      return 'ran';
    } catch (cause) {
      takenUntil.delete(name);
      throw cause;
    }
  };
}
