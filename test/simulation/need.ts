import { decodeEntry } from '../../src/cache/engine/encoded-entry.ts';
import type { StoredEntry } from '../../src/cache/engine/entry.ts';
import { wantsNewerThan } from './demand.ts';
import { hadTrouble } from './exemptions.ts';
import type { History, Kept, LoadRecord, TripRecord } from './history.ts';
import { concerns, generationKeysOf, leaseKeyOf } from './keys.ts';
import type { CallKind } from './plan.ts';
import { SETTINGS } from './settings.ts';

// Promise 6, checked when a load begins. Promise 3 already keeps loads of one key from piling up. So a process has at most
// one load in progress per key, plus one per invalidation that let a load begin while an outdated one continued. The
// upstream client caps its own concurrent calls.

export function loadIsNeeded(history: History, load: LoadRecord): void {
  hasCause(history, load);
  const isFresh = history.alone.has(load.process) ? isFreshInMemory : isFreshInRedis;
  if (isFresh(history, load))
    history.broken.push(
      `6: load ${load.id} of ${load.key} in process ${load.process} began while there was a fresh entry`,
    );
}

const LOADS_NOTHING: readonly CallKind[] = ['peek', 'cache-only'];

/** Each load needs a call that may load the key. A call causes at most one load, and one early refresh. */
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
 * Whether Redis already had a fresh and valid entry when the process sent the trip that acquired the lease of its load.
 * Two kinds of loads are not judged. A load without such a trip: its process could not reach Redis, or had waited long
 * enough. And a load caused by an early refresh, or by a call that wanted a newer value than the entry: by promise 3 the
 * cluster has only one of these per key.
 */
function isFreshInRedis(history: History, load: LoadRecord): boolean {
  const { process, key, beganAt: now } = load;
  // A load begins at the instant at which the reply arrives.
  const tries = history.trips.filter((trip) => trip.settledAt === now && isTry(trip, load));
  const since = Math.min(...tries.map(({ sentAt }) => sentAt));
  const held = holding(history, key, now);
  if (tries.length === 0 || !held || held.storedAt >= since) return false;
  const entry = decodeEntry(key, held.value, { toJson: (value) => value, fromJson: (json) => json });
  const wallNow = (history.wallClocks.get(process) as () => number)();
  if (entry === null || wallNow >= entry.freshUntil || !isCurrent(history, key, entry, since)) return false;
  // The age of an entry whose load began in the future is unknown.
  // A process that saw the entry before its clock was set knows the age better. So does a process that saw the entry
  // while its age was unknown.
  if (history.clockSteps.some((step) => step.process === process && step.at >= held.storedAt)) return false;
  const knownMs = now - beginningOf(history, key, entry.value, held.storedAt);
  if (knownMs >= entry.freshUntil - entry.loadBeganAt) return false;
  const isInFuture = wallNow < entry.loadBeganAt;
  const ageMs = isInFuture ? Number.POSITIVE_INFINITY : Math.max(wallNow - entry.loadBeganAt, knownMs);
  // A reply that arrives after a query stopped waiting tells the query nothing.
  return !wasAskedFor(history, load, since, ageMs) && !hadTrouble(history, process, key, since, now);
}

/**
 * When the load of a stored value began. An absence does not name its load: it counts as the last load of an absence that
 * had ended when the value was stored.
 */
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
 * Whether a process without Redis has its last loaded value in memory, not invalidated by this process, and fresh even by
 * the shortest time that jitter allows.
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
 * Whether something other than a missing entry may have caused the load: a call that accepts no value of age `ageMs`, an
 * early refresh in the process since `since`, or a change of the process's wall clock since then.
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
    history.renewals.some(
      (each) => each.process === process && each.startedAt <= beganAt && each.endedAt >= since,
    ) ||
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
