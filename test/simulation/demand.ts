import type { CallRecord, History, LoadRecord } from './history.ts';
import { leaseKeyOf } from './keys.ts';
import type { CallKind } from './plan.ts';
import { SETTINGS } from './settings.ts';
import { aheadMs } from './skew.ts';

const { maxAgeMs, minIntervalMs } = SETTINGS;

/** The oldest value that a call takes while a newer can be had, in milliseconds: less than nothing is a load since. */
const OLDEST_MS: Readonly<Partial<Record<CallKind, number>>> = {
  refresh: Number.NEGATIVE_INFINITY,
  aged: maxAgeMs,
  'answer-aged': Math.max(maxAgeMs, minIntervalMs),
  'answer-new': minIntervalMs,
};

/** Whether the call may load what lies there fresh. */
export function wantsNewer({ kind }: CallRecord): boolean {
  return OLDEST_MS[kind] !== undefined;
}

/** Whether the call may load although what lies there fresh is of that age. */
export function wantsNewerThan({ kind }: CallRecord, ageMs: number): boolean {
  const oldestMs = OLDEST_MS[kind];
  return oldestMs !== undefined && ageMs > oldestMs;
}

/** What is wrong with giving a call a value of that load, by how new the call wanted it; null for nothing. */
export function faultByDemand(
  history: History,
  call: CallRecord,
  load: LoadRecord,
  now: number,
): string | null {
  if (load.outcome !== 'value' || load.endedStamp === null) return null;
  if (wantsNewer(call) && !isNewEnough(history, call, load, now) && !isExcused(history, call, load, now))
    return '3: %, which was over before, and older than what it asked for';
  if (call.kind === 'fresh' && wasStale(history, call, load, now) && !isExcused(history, call, load, now))
    return '3: %, which was stale, and it asked for what is fresh';
  return null;
}

/**
 * A value is new enough that landed since the call started, here or in Redis, or whose age the call takes. Who shares
 * a run with another call that began before, and takes nothing older, gets what is new enough for that.
 */
function isNewEnough(history: History, call: CallRecord, load: LoadRecord, now: number): boolean {
  const landed = landingOf(history, load);
  // An answer is as old as its oldest part, whatever the others claim.
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

/** When the value had arrived everywhere, here and in Redis. */
export function landingOf(history: History, { id, endedStamp }: LoadRecord): number {
  return Math.max(endedStamp ?? Number.POSITIVE_INFINITY, history.storedStamp.get(id) ?? 0);
}

/** As old as its class lets a value be fresh at the longest, when the call started. */
function wasStale(history: History, call: CallRecord, load: LoadRecord, now: number): boolean {
  const { freshMs, jitter } = SETTINGS;
  return (
    landingOf(history, load) < call.startedStamp &&
    load.beganAt + freshMs * (1 + jitter) + aheadMs(history, call, load, now) < call.startedAt
  );
}

/**
 * The older stands where its load fails, or failed within the pause, which who learns of it begins anew; and where nobody
 * waits for the process that is said to load it.
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

/** Since when a run may have been under way that the call joined when it started. A query joins a whole execution. */
function sharedSince({ kind, startedAt }: CallRecord): number {
  return kind.startsWith('answer') ? startedAt - SETTINGS.trustMs : startedAt;
}
