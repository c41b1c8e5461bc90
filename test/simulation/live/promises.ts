import type { History, TripRecord } from '../history.ts';
import { SETTINGS } from '../settings.ts';
import type { Life } from '../upstream.ts';
import type { Connection } from './client.ts';
import type { LiveFacts, Renewal } from './facts.ts';

// Between renewals that find nothing fresh.
const PAUSE_MS = 1000;

/** What the promises about one process and question are judged by. */
export interface Judged {
  readonly history: History;
  readonly facts: LiveFacts;
  readonly now: number;
}

/**
 * What an acknowledged invalidation removed is not on the screen, once its renewal has ended. That begins
 * - at once in the process that acknowledged it, and in one that has heard of it;
 * - within the trust time after the acknowledgement in any other, though every message was lost;
 * - at once on a stream that opens later, whose first response may be that of an execution from before.
 * Two renewals count: the one that was under way at that time, and the one that follows it at once. A process that cannot
 * reach Redis, or stands still, has another trust time after the end of that.
 */
export function showsNothingRemoved(judged: Judged, connection: Connection, key: string): void {
  const { facts, history, now } = judged;
  const { gateway, shown } = connection;
  for (const { id, version, ackedAt, life } of facts.invalidations) {
    const item = shown?.items.find(([shownId]) => shownId === id);
    if (ackedAt === null || !item || item[1] === null || item[1] >= version) continue;
    const knownAt = facts.heard.find(
      (heard) => heard.life === gateway.life && heard.id === id && heard.at >= ackedAt,
    )?.at;
    const lostAt = ackedAt + SETTINGS.trustMs;
    const ownAt = life === gateway.life ? ackedAt : Math.min(knownAt ?? lostAt, lostAt);
    const dueAt = Math.max(ownAt, connection.openedAt);
    if (!isInTime(judged, gateway, key, dueAt))
      history.broken.push(
        `process ${gateway.process} shows ${connection.viewer} version ${item[1]} of item ${id} in ${key} at ${now}, and version ${version} was acknowledged at ${ackedAt}`,
      );
  }
}

/**
 * A response in which an item failed is renewed as soon as the process hears of a change of that item. A question that
 * was opened with such a response does not know what that depends on: it is renewed after a pause.
 */
export function renewsErrors({ facts, history, now }: Judged, connection: Connection, key: string): void {
  const { life, process } = connection.gateway;
  for (const [id, version] of connection.shown?.items ?? []) {
    if (version !== null || !connection.hadWhole) continue;
    const heardAt = facts.heard.findLast((heard) => heard.life === life && heard.id === id)?.at ?? 0;
    const isRenewed = facts.renewals.some(
      (each) => each.life === life && each.key === key && (each.endedAt ?? now) >= heardAt,
    );
    if (heardAt >= connection.openedAt && !isRenewed)
      history.broken.push(
        `process ${process} shows an error in ${key} at ${now}, and heard of a change of item ${id} at ${heardAt}`,
      );
  }
}

/** A response of the last business day is not on the screen, once the renewal after midnight has ended. */
export function showsToday(judged: Judged, connection: Connection, key: string, today: number): void {
  const { facts, history, now } = judged;
  const { gateway, shown } = connection;
  if (!shown || shown.day === null || shown.day >= today) return;
  const midnight = facts.midnights.findLast(({ process }) => process === gateway.process)?.at ?? 0;
  const dueAt = Math.max(midnight + SETTINGS.trustMs, connection.openedAt);
  if (!isInTime(judged, gateway, key, dueAt))
    history.broken.push(
      `process ${gateway.process} shows day ${shown.day} in ${key} at ${now}, and day ${today} began at ${midnight}`,
    );
}

/** A stream of a viewer whose session has ended is ended within the trust time. */
export function endsWithSession(judged: Judged, { gateway, viewer, isEnded }: Connection): void {
  const { facts, history, now } = judged;
  const signedOutAt = viewer === null ? undefined : facts.signOuts.get(viewer);
  if (isEnded || signedOutAt === undefined) return;
  if (now > dueAfterTrouble(judged, gateway.process, signedOutAt + SETTINGS.trustMs))
    history.broken.push(
      `process ${gateway.process} shows ${viewer} a response at ${now}, signed out at ${signedOutAt}`,
    );
}

/**
 * A process renews a question no more often than it has a reason. Each of these is one: an invalidation of one of its
 * items, once for each time that the process hears of it; a load of one of them, whose freshness ends; a midnight, or a
 * clock that is set; a second, after a renewal that failed or found nothing fresh; a trip to Redis that failed, after
 * which what is known may be wrong.
 */
export function renewsForReasons({ facts, history, now }: Judged, renewal: Renewal, loads: number): void {
  const { life, key } = renewal;
  const known = facts.questions.get(`${life} ${key}`);
  if (!known) return;
  const { question, process, since, renewals } = known;
  const ids = new Set(question.ids);
  const ownProcess = (each: { readonly process: number }) => each.process === process;
  const heard = facts.heard.filter((each) => each.life === life && ids.has(each.id));
  const unheard = facts.invalidations.filter((each) => each.life !== life && ids.has(each.id));
  const reasons = {
    heard: heard.length,
    unheard: unheard.length,
    loads,
    midnights: facts.midnights.filter(ownProcess).length + history.clockSteps.filter(ownProcess).length,
    pauses: Math.floor((now - since) / PAUSE_MS) + 1,
    failed: history.trips.filter((trip) => trip.process === process && trip.failed).length,
  };
  const most = Object.values(reasons).reduce((sum, each) => sum + each, 0);
  if (renewals > most)
    history.broken.push(
      `process ${process} renewed ${key} ${renewals} times by ${now}: ${JSON.stringify(reasons)}`,
    );
}

/**
 * When the renewal of what was due must have begun. A stop of the process, or a trip to Redis that failed, gives it another
 * trust time.
 */
function dueAfterTrouble({ history, now }: Judged, process: number, dueAt: number): number {
  const ends = [
    ...history.stops.filter((stop) => stop.process === process).map(({ to }) => to),
    ...history.spent.filter((spent) => spent.process === process).map(({ at }) => at),
    ...history.trips
      .filter((trip) => trip.process === process && isTrouble(trip, now))
      .map(({ settledAt }) => settledAt ?? now),
  ];
  return Math.max(dueAt, ...ends.map((at) => at + SETTINGS.trustMs));
}

function isTrouble({ sentAt, settledAt, failed }: TripRecord, now: number): boolean {
  return settledAt === null ? now - sentAt >= SETTINGS.budgetMs : failed;
}

/** Whether it is too early for the renewal of what is due, or that is under way. */
function isInTime(judged: Judged, { process, life }: Life, key: string, dueAt: number): boolean {
  if (judged.now <= dueAt) return true;
  const latest = dueAfterTrouble(judged, process, dueAt);
  return judged.now <= latest || isBeingRenewed(judged, life, key, latest);
}

/** Whether the renewal that was under way when the change was due, or the one that followed it at once, is under way now. */
function isBeingRenewed({ facts }: Judged, life: number, key: string, dueAt: number): boolean {
  const own = facts.renewals.filter((each) => each.life === life && each.key === key);
  const first = own.find(
    ({ beganAt, endedAt }) => beganAt <= dueAt && (endedAt === null || endedAt >= dueAt),
  );
  if (!first || first.endedAt === null) return first !== undefined;
  return own.some(({ beganAt, endedAt }) => beganAt === first.endedAt && endedAt === null);
}
