import type { History, LoadRecord } from './history.ts';
import { generationKeysOf, leaseKeyOf } from './keys.ts';
import { SETTINGS } from './settings.ts';

// Reasons that excuse a process for outdated knowledge, each as narrow as the history allows.

/**
 * Whether, between the two times, a trip of the process for the key failed, or a query of the process, whose flights any
 * call may join, had used up its Redis budget or had lost Redis.
 */
export function hadTrouble(
  history: History,
  process: number,
  key: string,
  from: number,
  to: number,
  isTrouble = (_: { readonly stalled?: boolean }) => true,
): boolean {
  if (
    history.spent.some(
      (spent) => spent.process === process && spent.at >= from && spent.at <= to && isTrouble(spent),
    )
  )
    return true;
  const concerned = [key, leaseKeyOf(key), ...generationKeysOf(key)];
  return history.trips.some(
    (trip) =>
      trip.process === process &&
      trip.failed &&
      isTrouble(trip) &&
      trip.sentAt <= to &&
      (trip.settledAt as number) >= from &&
      concerned.some((each) => trip.redisKeys.has(each)),
  );
}

/** The earliest that a load's lease and generations were asked for: a budget ago, in which its process did not stand still. */
export function takeOffOf(history: History, { process, beganAt }: LoadRecord): number {
  const stops = history.stops.filter((stop) => stop.process === process);
  const reachesInto = (from: number) =>
    stops
      .filter((stop) => stop.from <= beganAt && stop.to >= from)
      .map((stop) => stop.from - SETTINGS.budgetMs);
  const since = beganAt - SETTINGS.budgetMs;
  return Math.min(since, ...reachesInto(since));
}

/**
 * A lease expires only if its holder stood still, or if Redis did not answer a renewal in time: it is renewed for as long as
 * the load goes on. A renewal has a sixth of the lease, which is less than a budget, so its timeout is no failed trip.
 */
export function leaseWasLost(history: History, load: LoadRecord, since: number, now: number): boolean {
  const lease = leaseKeyOf(load.key);
  const isRenewed = !history.trips.some(
    ({ process, timedOut, redisKeys, sentAt }) =>
      process === load.process && timedOut && redisKeys.has(lease) && sentAt >= since && sentAt <= now,
  );
  return (
    stoodStill(history, load.process, since, now) ||
    history.losses.some(
      ({ redisKey, why, at }) =>
        redisKey === lease && !(why === 'expired' && isRenewed) && at >= since && at <= now,
    )
  );
}

/** Whether the earlier load lasted through a stall of its process, and a trip failed before it could be verified. */
export function couldNotAskAfterStall(history: History, earlier: LoadRecord, later: LoadRecord): boolean {
  const { process, key } = later;
  return history.stops.some(
    (stop) =>
      stop.process === process &&
      stop.from >= earlier.beganAt &&
      stop.to <= later.beganAt &&
      hadTrouble(history, process, key, stop.from, later.beganAt, ({ stalled = false }) => stalled),
  );
}

function stoodStill(history: History, process: number, since: number, now: number): boolean {
  return history.stops.some((stop) => stop.process === process && stop.from <= now && stop.to >= since);
}

/**
 * Whether a caller, or an execution without callers, had waited for one load of another process for the maximum duration
 * of a load. Earlier waits do not count, nor does a load whose process stands still.
 */
export function hadWaited(history: History, { process, key, beganAt }: LoadRecord): boolean {
  const since = beganAt - SETTINGS.hardTimeoutMs;
  const isUnderWay = ({ startedAt, endedAt }: { startedAt: number; endedAt: number | null }) =>
    startedAt <= since && (endedAt === null || endedAt >= since);
  return (
    [...history.calls, ...history.executions].some(
      (call) =>
        call.process === process &&
        call.keys.includes(key) &&
        isUnderWay(call) &&
        (call.endedAt === null || call.endedAt >= beganAt),
    ) &&
    history.loads.some(
      (load) =>
        load.process !== process &&
        load.key === key &&
        !stoodStill(history, load.process, since, beganAt) &&
        isUnderWay({ startedAt: load.beganAt, endedAt: load.endedAt }),
    )
  );
}

export function generationsChanged(history: History, key: string, from: number, to: number): boolean {
  const concerned = generationKeysOf(key);
  return history.losses.some(({ redisKey, at }) => at >= from && at <= to && concerned.includes(redisKey));
}

/**
 * Whether the process has received two replies since, of which one may predate a generation and the other follow it. Their
 * order in Redis is unknown, so the engine treats the generation as gone.
 */
export function wasSeenMade(
  history: History,
  process: number,
  generationKey: string,
  since: number,
): boolean {
  const madeAt = history.kept.get(generationKey)?.storedAt ?? Number.POSITIVE_INFINITY;
  const ends = history.trips
    .filter((trip) => trip.process === process && trip.redisKeys.has(generationKey) && trip.sentAt <= madeAt)
    .map(({ settledAt }) => settledAt ?? Number.POSITIVE_INFINITY)
    .filter((settledAt) => settledAt >= madeAt);
  return ends.length > 1 && Math.max(...ends) >= since;
}
