import type { CallRecord, History, InvalidationRecord, LoadRecord } from './history.ts';
import { SETTINGS } from './settings.ts';

export const KEY_PREFIX = 's_';

export function keyOfId(id: number): string {
  return `${KEY_PREFIX}{item_${id}}`;
}

export function tagsOfKey(key: string): readonly string[] {
  return [`item:${/\d+/.exec(key)?.[0]}`, 'all'];
}

/**
 * Promises 1 and 2, at each answer. A value is older than an invalidation where its load began before Redis took the
 * new generation. It may not be given to a call that started
 * - after this process had the acknowledgement: no exemption;
 * - more than the trust time after another process had it, unless a trip of this process that concerned the key
 *   failed from the trust time before the call until now: it could not have known. What it believes without asking
 *   is no older than that, and neither is what the runs it joins took off from.
 */
export function answerIsRecent(
  history: History,
  call: CallRecord,
  key: string,
  load: LoadRecord,
  now: number,
): void {
  for (const invalidation of history.invalidations) {
    if (invalidation.ackedStamp === null || !isOlder(history, key, load, invalidation)) continue;
    const own = invalidation.process === call.process;
    if (own && invalidation.ackedStamp < call.startedStamp)
      history.broken.push(
        `1: process ${call.process} answered ${key} from load ${load.id}, which began before an invalidation that it had acknowledged`,
      );
    const known = call.startedAt > (invalidation.endedAt as number) + SETTINGS.trustMs;
    if (!own && known && !hadTrouble(history, call.process, key, call.startedAt - SETTINGS.trustMs, now))
      history.broken.push(
        `2: process ${call.process} answered ${key} from load ${load.id}, more than the trust time after process ${invalidation.process} acknowledged an invalidation`,
      );
  }
}

function isOlder(history: History, key: string, load: LoadRecord, { tokens }: InvalidationRecord): boolean {
  return tagsOfKey(key).some((tag) => {
    const token = tokens.get(tag);
    return token !== undefined && load.beganStamp < (history.renewedStamp.get(token) ?? 0);
  });
}

/** Promise 2, at each acknowledgement: Redis has taken every generation of it. */
export function acknowledgementIsTrue(history: History, { process, tokens }: InvalidationRecord): void {
  for (const [tag, token] of tokens) {
    if (!history.renewedStamp.has(token))
      history.broken.push(
        `2: process ${process} acknowledged an invalidation of ${tag} that Redis never took`,
      );
  }
}

/** Promise 3, at the beginning of each load. */
export function loadMayBegin(history: History, load: LoadRecord): void {
  for (const other of history.loads) {
    if (other.key === load.key && other.endedAt === null) mayOverlap(history, other, load);
  }
  mayTryAgain(history, load);
  hasCause(history, load);
}

function mayOverlap(history: History, other: LoadRecord, load: LoadRecord): void {
  const allowed = other.process === load.process ? mayOverlapInProcess : mayOverlapInCluster;
  if (!allowed(history, other, load))
    history.broken.push(
      `3: load ${load.id} of ${load.key} in process ${load.process} began while load ${other.id} of process ${other.process} was under way`,
    );
}

/**
 * In one process a load is joined by who would load too, unless it is known to be outdated: the generation of a tag
 * has changed or gone since its own were read, or it began without knowing them because Redis did not answer, and
 * Redis has answered since. A load by a caller that had waited its time for another process takes the generations
 * that this process knows, which may have been over for as long as it did not ask.
 */
function mayOverlapInProcess(history: History, other: LoadRecord, load: LoadRecord): boolean {
  const { process, key } = load;
  const since = takeOffOf(history, other);
  return (
    generationsChanged(history, key, since, load.beganAt) ||
    history.heard.some(
      (heard) => heard.process === process && heard.at >= since && concerns(heard.tags, key),
    ) ||
    history.invalidations.some(
      (each) =>
        each.process === process && concerns([...each.tokens.keys()], key) && (each.endedAt ?? 0) >= since,
    ) ||
    hadTrouble(history, process, key, since, other.beganAt) ||
    hadWaited(history, other)
  );
}

/** Across processes: only where the lease was lost, Redis did not answer one of the two, or one had waited its time. */
function mayOverlapInCluster(history: History, other: LoadRecord, load: LoadRecord): boolean {
  const since = takeOffOf(history, other);
  const now = load.beganAt;
  return (
    leaseWasLost(history, other, since, now) ||
    leaseWasLost(history, load, takeOffOf(history, load), now) ||
    hadTrouble(history, other.process, load.key, since, now) ||
    hadTrouble(history, load.process, load.key, takeOffOf(history, load), now) ||
    hadWaited(history, other) ||
    hadWaited(history, load)
  );
}

/** The earliest that a load's lease and generations were asked for: a budget ago, in which its process did not stand still. */
function takeOffOf(history: History, { process, beganAt }: LoadRecord): number {
  const stops = history.stops.filter((stop) => stop.process === process);
  const reachesInto = (from: number) =>
    stops
      .filter((stop) => stop.from <= beganAt && stop.to >= from)
      .map((stop) => stop.from - SETTINGS.budgetMs);
  const since = beganAt - SETTINGS.budgetMs;
  return Math.min(since, ...reachesInto(since));
}

/** A lease runs out by itself only where its holder stood still: it is put off for as long as the load goes on. */
function leaseWasLost(history: History, { process, key }: LoadRecord, since: number, now: number): boolean {
  const lease = `${key}:lease`;
  const stoodStill = history.stops.some(
    (stop) => stop.process === process && stop.from <= now && stop.to >= since,
  );
  return (
    stoodStill ||
    history.losses.some(
      ({ redisKey, why, at }) => redisKey === lease && why !== 'expired' && at >= since && at <= now,
    )
  );
}

function hadWaited(history: History, { process, key, beganAt }: LoadRecord): boolean {
  return history.calls.some(
    (call) =>
      call.process === process &&
      call.keys.includes(key) &&
      call.startedAt <= beganAt - SETTINGS.waitMs &&
      (call.endedAt === null || call.endedAt >= beganAt),
  );
}

/**
 * A failure is not tried again for a pause: in the process that had it without exemption, unless a load that
 * overlapped it ended well since; in another unless the failure could not be told, or not be asked for.
 */
function mayTryAgain(history: History, load: LoadRecord): void {
  const now = load.beganAt;
  const ended = history.loads.filter((each) => each.key === load.key && each.endedAt !== null);
  const latest = Math.max(...ended.filter(({ failed }) => !failed).map(({ endedAt }) => endedAt as number));
  for (const failure of ended) {
    const failedAt = failure.endedAt as number;
    if (!failure.failed || failedAt <= latest || now >= failedAt + SETTINGS.pauseMs) continue;
    const own = failure.process === load.process;
    const since = takeOffOf(history, failure);
    const untold =
      leaseWasLost(history, failure, since, now) ||
      leaseWasLost(history, load, takeOffOf(history, load), now) ||
      hadTrouble(history, failure.process, load.key, since, now) ||
      hadTrouble(history, load.process, load.key, takeOffOf(history, load), now) ||
      hadWaited(history, load) ||
      hadWaited(history, failure);
    if (own || !untold)
      history.broken.push(
        `3: load ${load.id} of ${load.key} in process ${load.process} began within the pause after load ${failure.id} of process ${failure.process} failed`,
      );
  }
}

/** Promise 6: no load without a call that wants it, and at most one ahead of time beside one a call. */
function hasCause(history: History, { id, process, key }: LoadRecord): void {
  const wanted = history.calls.filter(
    (call) => call.process === process && call.kind !== 'peek' && call.keys.includes(key),
  );
  const loads = history.loads.filter((load) => load.process === process && load.key === key);
  if (loads.length >= 2 * wanted.length)
    history.broken.push(
      `6: load ${id} of ${key} in process ${process} is one more than ${wanted.length} calls can want`,
    );
}

/** Promises 4 and 9, when nothing is left to happen: no call that began in a process that lives is without its end. */
export function everyCallEnded(history: History, isAlive: (process: number) => boolean): void {
  for (const { process, kind, keys, startedAt, endedAt } of history.calls) {
    if (isAlive(process) && endedAt === null)
      history.broken.push(`4: ${kind} of ${keys} in process ${process} at ${startedAt} ms never ended`);
  }
  for (const { process, startedAt, endedAt } of history.invalidations) {
    if (isAlive(process) && endedAt === null)
      history.broken.push(`4: an invalidation in process ${process} at ${startedAt} ms never ended`);
  }
}

/** Whether a trip of the process that concerned the key failed between the two times. */
function hadTrouble(history: History, process: number, key: string, from: number, to: number): boolean {
  const concerned = [key, `${key}:lease`, ...generationKeysOf(key)];
  return history.trips.some(
    (trip) =>
      trip.process === process &&
      trip.failed &&
      trip.sentAt <= to &&
      (trip.settledAt as number) >= from &&
      concerned.some((each) => trip.redisKeys.has(each)),
  );
}

function generationsChanged(history: History, key: string, from: number, to: number): boolean {
  const concerned = generationKeysOf(key);
  return history.losses.some(({ redisKey, at }) => at >= from && at <= to && concerned.includes(redisKey));
}

function generationKeysOf(key: string): readonly string[] {
  return tagsOfKey(key).map((tag) => `${KEY_PREFIX}generation:{${tag}}`);
}

function concerns(tags: readonly string[], key: string): boolean {
  return tagsOfKey(key).some((tag) => tags.includes(tag));
}
