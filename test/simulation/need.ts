import { decodeEntry } from '../../src/cache/engine/codec.ts';
import type { StoredEntry } from '../../src/cache/engine/entry.ts';
import { wantsNewerThan } from './demand.ts';
import { hadTrouble } from './exemptions.ts';
import type { History, Kept, LoadRecord, TripRecord } from './history.ts';
import { concerns, generationKeysOf, leaseKeyOf } from './keys.ts';
import type { CallKind } from './plan.ts';
import { SETTINGS } from './settings.ts';

// Promise 6, at the beginning of each load. That loads of one key do not pile up is promise 3; so what bounds the loads
// that a process has under way is the number of its keys, and beside it the number of invalidations that let one
// begin while another, outdated, goes on. How many calls the upstream gets at once is for the upstream's own cap.

export function loadIsNeeded(history: History, load: LoadRecord): void {
  hasCause(history, load);
  const isFresh = history.alone.has(load.process) ? isFreshInMemory : isFreshInRedis;
  if (isFresh(history, load))
    history.broken.push(
      `6: load ${load.id} of ${load.key} in process ${load.process} began while there was a fresh entry`,
    );
}

const LOADS_NOTHING: readonly CallKind[] = ['peek', 'cache-only'];

/** No load without a call that wants it, and at most one ahead of time beside one a call. */
function hasCause(history: History, { id, process, key }: LoadRecord): void {
  const wanted = history.calls.filter(
    ({ process: caller, kind, keys }) =>
      caller === process && !LOADS_NOTHING.includes(kind) && keys.includes(key),
  );
  const loads = history.loads.filter((load) => load.process === process && load.key === key);
  if (loads.length >= 2 * wanted.length)
    history.broken.push(
      `6: load ${id} of ${key} in process ${process} is one more than ${wanted.length} calls can want`,
    );
}

/**
 * Whether Redis held a fresh and valid entry already when the process tried for the lease that it loads under. Not
 * judged are a load without such a trip, which is one by a process that could not reach Redis or had waited its time,
 * and one that its own foresight asked for, or a call that wanted it newer than it was, of which there is but one a key in
 * the cluster by promise 3.
 */
function isFreshInRedis(history: History, load: LoadRecord): boolean {
  const { process, key, beganAt: now } = load;
  // A load begins in the instant in which the answer comes.
  const tries = history.trips.filter((trip) => trip.settledAt === now && isTry(trip, load));
  const since = Math.min(...tries.map(({ sentAt }) => sentAt));
  const held = holding(history, key, now);
  if (tries.length === 0 || !held || held.storedAt >= since) return false;
  const entry = decodeEntry(key, held.value, { toJson: (value) => value, fromJson: (json) => json });
  const wallNow = (history.wallClocks.get(process) as () => number)();
  if (entry === null || wallNow >= entry.freshUntil || !isCurrent(history, key, entry, since)) return false;
  // What claims to have begun in the future is of no known age.
  // Who saw it before its clock was set knows better how old it is, and so does who saw it when it was of no known age.
  if (history.clockSteps.some((step) => step.process === process && step.at >= held.storedAt)) return false;
  const knownMs = now - beginningOf(history, key, entry.value, held.storedAt);
  if (knownMs >= entry.freshUntil - entry.loadBeganAt) return false;
  const isInFuture = wallNow < entry.loadBeganAt;
  const ageMs = isInFuture ? Number.POSITIVE_INFINITY : Math.max(wallNow - entry.loadBeganAt, knownMs);
  // An answer that a query no longer waited for told it nothing.
  return !wasAskedFor(history, load, since, ageMs) && !hadTrouble(history, process, key, since, now);
}

/** When the load of a stored value began: of an absence, which does not say it, the last that was over by then. */
function beginningOf(history: History, key: string, value: unknown, storedAt: number): number {
  const load = history.loads.findLast(({ id, key: other, outcome, endedAt }) =>
    value === null ? other === key && outcome === 'absence' && (endedAt as number) <= storedAt : id === value,
  );
  return load?.beganAt ?? Number.NEGATIVE_INFINITY;
}

function isTry({ process, failed, redisKeys }: TripRecord, load: LoadRecord): boolean {
  return (
    process === load.process && !failed && redisKeys.has(load.key) && redisKeys.has(leaseKeyOf(load.key))
  );
}

function isCurrent(history: History, key: string, entry: StoredEntry<unknown>, since: number): boolean {
  return generationKeysOf(key).every((generationKey, index) => {
    const kept = holding(history, generationKey, since);
    return (
      kept !== undefined &&
      kept.storedAt < since &&
      !('sequence' in entry.generations) &&
      kept.value.toString() === entry.generations[index]
    );
  });
}

function holding({ kept }: History, redisKey: string, now: number): Kept | undefined {
  const held = kept.get(redisKey);
  return held && held.expiresAt > now ? held : undefined;
}

/**
 * Whether a process without a Redis holds in memory what it loaded last, valid by all that it invalidated, and fresh
 * for as short as jitter makes that.
 */
function isFreshInMemory(history: History, load: LoadRecord): boolean {
  const { process, key, beganAt: now } = load;
  const last = history.loads.findLast(
    ({ life, key: other, outcome }) =>
      life === load.life && other === key && (outcome === 'value' || outcome === 'absence'),
  );
  if (!last) return false;
  const { freshMs } = last.outcome === 'absence' ? SETTINGS.absent : SETTINGS;
  const isOver = history.invalidations.some(
    (each) =>
      each.process === process && each.startedAt >= last.beganAt && concerns([...each.tokens.keys()], key),
  );
  const isInTime = now < last.beganAt + freshMs * (1 - SETTINGS.jitter);
  return isInTime && !isOver && !wasAskedFor(history, load, now, Number.POSITIVE_INFINITY);
}

/**
 * By a call that wants it newer than what is `ageMs` old, by a refresh ahead of time, or because the clock said something
 * else when it was asked for.
 */
function wasAskedFor(
  history: History,
  { process, key, beganAt }: LoadRecord,
  since: number,
  ageMs: number,
): boolean {
  const isNear = (moment: { readonly process: number; readonly at: number }) =>
    moment.process === process && moment.at >= since;
  return (
    history.earlies.some(isNear) ||
    history.clockSteps.some(isNear) ||
    history.calls.some(
      (call) =>
        call.process === process &&
        wantsNewerThan(call, ageMs) &&
        call.keys.includes(key) &&
        call.startedAt <= beganAt &&
        (call.endedAt === null || call.endedAt >= since),
    )
  );
}
