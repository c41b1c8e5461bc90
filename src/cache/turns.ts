import { wholeKey } from './batch.ts';
import type { Clock } from './clock.ts';
import type { Codec } from './codec.ts';
import type { Report } from './events.ts';
import { InvalidDefinition } from './key-class.ts';
import { keepLeases } from './lease-keeper.ts';
import type { SharedTier } from './shared-tier.ts';

/** What became of a turn. `taken`: another has it, or its interval is not over; `no-redis`: nobody can tell. */
export type Turn<T> =
  | { readonly ran: true; readonly result: T }
  | { readonly ran: false; readonly why: 'taken' | 'no-redis' };

export interface Turns {
  /**
   * Runs `work` in one process of the cluster, and not again in any until `everyMs` milliseconds after it began, or
   * until it ends where it takes longer. Where it fails, or its process dies, the next who tries has the turn.
   * @param name lower-case letters and underscores; one a kind of work, not one a thing.
   * @throws what `work` threw.
   */
  takeTurn<T>(name: string, interval: { readonly everyMs: number }, work: () => Promise<T>): Promise<Turn<T>>;
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
          `Turn ${JSON.stringify(name)} must be of lower-case letters and underscores.`,
        );
      return shared
        ? takeLeased(wholeKey(keyPrefix, `${TURN}_${name}`), everyMs, work, shared)
        : takeOwn(name, everyMs, work);
    },
  };

  async function takeLeased<T>(
    key: string,
    everyMs: number,
    work: () => Promise<T>,
    tier: SharedTier,
  ): Promise<Turn<T>> {
    const { sleep, newToken, report, leaseMs, tripMs } = options;
    const failed = (operation: string) => (cause: unknown) =>
      report({ type: 'store-failed', operation, keyClass: TURN, cause });
    const lease = { owner: newToken(), leaseMs };
    // A lease that was had without our hearing of it runs out soon by itself.
    const turn = await tier.acquire([key], [], lease, noEntry, tripMs).catch(failed(TURN));
    if (!turn) return { ran: false, why: 'no-redis' };
    if (turn.acquired[0]?.lease !== 'won') return { ran: false, why: 'taken' };

    const beganAt = clock.monotonic();
    let lost = false;
    const onLost = () => {
      if (lost) return;
      lost = true;
      report({ type: 'lease-lost', keyClass: TURN, count: 1 });
    };
    const release = () => tier.release([key], lease.owner, tripMs).catch(failed('release'));
    const keeper = { shared: tier, sleep, timeoutMs: tripMs, onLost, onFailed: failed('extend') };
    try {
      const result = await keepLeases([key], lease, work, keeper);
      const leftMs = Math.ceil(everyMs - (clock.monotonic() - beganAt));
      if (leftMs <= 0) await release();
      else if (!lost) {
        const kept = await tier.extend([key], { ...lease, leaseMs: leftMs }, tripMs).catch(failed('extend'));
        if (kept?.[0] === false) onLost();
      }
      return { ran: true, result };
    } catch (cause) {
      await release();
      throw cause;
    }
  }
}

/** The turns of a process that has nobody to share them with. */
function createOwnTurns(clock: Clock) {
  const takenUntil = new Map<string, number>();
  return async <T>(name: string, everyMs: number, work: () => Promise<T>): Promise<Turn<T>> => {
    const beganAt = clock.monotonic();
    if (beganAt < (takenUntil.get(name) ?? beganAt)) return { ran: false, why: 'taken' };
    takenUntil.set(name, Number.POSITIVE_INFINITY);
    try {
      const result = await work();
      takenUntil.set(name, beganAt + everyMs);
      return { ran: true, result };
    } catch (cause) {
      takenUntil.delete(name);
      throw cause;
    }
  };
}
