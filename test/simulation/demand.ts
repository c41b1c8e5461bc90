import type { CallRecord, History, LoadRecord } from './history.ts';
import { leaseKeyOf } from './keys.ts';
import type { CallKind } from './plan.ts';
import { SETTINGS } from './settings.ts';
import { aheadMs } from './skew.ts';

const { maxAgeMs, minIntervalMs } = SETTINGS;

/**
 * The greatest age that a call accepts while a newer value is available, in milliseconds. A negative age means a load that
 * began after the call.
 */
const OLDEST_MS: Readonly<Partial<Record<CallKind, number>>> = {
  refresh: Number.NEGATIVE_INFINITY,
  aged: maxAgeMs,
  'answer-aged': Math.max(maxAgeMs, minIntervalMs),
  'answer-new': minIntervalMs,
};

/** Whether the call may load a key that has a fresh entry. */
export function wantsNewer({ kind }: CallRecord): boolean {
  return OLDEST_MS[kind] !== undefined;
}

/** Whether the call may load a key that has a fresh entry of this age. */
export function wantsNewerThan({ kind }: CallRecord, ageMs: number): boolean {
  const oldestMs = OLDEST_MS[kind];
  return oldestMs !== undefined && ageMs > oldestMs;
}

/** Why a call must not return a value of the load, by the age that the call accepts; null if it may. */
export function faultByDemand(
  history: History,
  call: CallRecord,
  load: LoadRecord,
  now: number,
): string | null {
  if (load.outcome !== 'value' || load.endedStamp === null) return null;
  if (wantsNewer(call) && !isNewEnough(history, call, load, now) && !isExcused(history, call, load, now))
    return '3: %, which had ended before, and is older than the call accepts';
  if (call.kind === 'fresh' && wasStale(history, call, load, now) && !isExcused(history, call, load, now))
    return '3: %, which was stale, and the call requires a fresh value';
  return null;
}

/**
 * A value is new enough if it was stored after the call started, in memory or in Redis, or if the call accepts its age. A
 * call may join the load or the execution of another call that began earlier. Then a value is also new enough if it was
 * stored after that call started, or if that call accepts its age and accepts no older value than this call.
 */
function isNewEnough(history: History, call: CallRecord, load: LoadRecord, now: number): boolean {
  const landed = landingOf(history, load);
  // A response is as old as its oldest entry, whatever the other entries claim.
  const isInFuture =
    !call.kind.startsWith('answer') &&
    load.life !== call.life &&
    load.beganWall > (history.wallClocks.get(call.process)?.() ?? 0);
  const skewMs = aheadMs(history, call, load, now);
  return history.calls.some(
    (other) =>
      other.life === call.life &&
      wantsNewer(other) &&
      other.keys.includes(load.key) &&
      other.startedStamp <= call.startedStamp &&
      (other.endedAt === null || other.endedAt >= sharedSince(call)) &&
      (landed >= other.startedStamp ||
        (!isInFuture &&
          oldestOf(other) <= oldestOf(call) &&
          other.startedAt - load.beganAt <= oldestOf(other) + skewMs)),
  );
}

function oldestOf({ kind }: CallRecord): number {
  return OLDEST_MS[kind] as number;
}

/** When the value had been stored both in memory and in Redis. */
export function landingOf(history: History, { id, endedStamp }: LoadRecord): number {
  return Math.max(endedStamp ?? Number.POSITIVE_INFINITY, history.storedStamp.get(id) ?? 0);
}

/** Whether the value had, when the call started, passed the longest time for which its class lets it be fresh. */
function wasStale(history: History, call: CallRecord, load: LoadRecord, now: number): boolean {
  const { freshMs, jitter } = SETTINGS;
  return (
    landingOf(history, load) < call.startedStamp &&
    load.beganAt + freshMs * (1 + jitter) + aheadMs(history, call, load, now) < call.startedAt
  );
}

/**
 * A call other than `refresh` may return an older value in two cases. A load of the key fails, or failed within the pause; a
 * process that learns of the failure starts the pause again. Or the call is `fresh`, and Redis refused the lease of the key
 * to its process: no one waits for the process that holds the lease.
 */
function isExcused(history: History, call: CallRecord, { key }: LoadRecord, now: number): boolean {
  if (call.kind === 'refresh') return false;
  const since = sharedSince(call);
  const { pauseMs, tripMs, budgetMs } = SETTINGS;
  const isOwn = ({ process }: { readonly process: number }) => process === call.process;
  return (
    history.loads.some(
      (load) =>
        load.key === key &&
        load.outcome === 'failure' &&
        load.beganAt <= now &&
        (load.endedAt as number) + 2 * pauseMs + tripMs >= since,
    ) ||
    (call.kind === 'fresh' &&
      history.refusals.some(
        (refusal) => isOwn(refusal) && refusal.redisKey === leaseKeyOf(key) && refusal.at >= since - budgetMs,
      ))
  );
}

/**
 * Since when the work that the call joined at its start may have been in progress. A query joins a whole execution, which
 * began at most the trust time earlier.
 */
function sharedSince({ kind, startedAt }: CallRecord): number {
  return kind.startsWith('answer') ? startedAt - SETTINGS.trustMs : startedAt;
}
