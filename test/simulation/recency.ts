import { faultByDemand, landingOf, wantsNewer } from './demand.ts';
import { hadTrouble } from './exemptions.ts';
import type { CallRecord, History, InvalidationRecord, LoadRecord } from './history.ts';
import { tagsOfKey } from './keys.ts';
import { SETTINGS } from './settings.ts';
import { aheadMs } from './skew.ts';

/**
 * Checks promises 1 and 2 at each result. A value names its load. A null does not, so any load that gave null may
 * explain it.
 */
export function answerIsRecent(
  history: History,
  call: CallRecord,
  key: string,
  answer: number | null,
  now: number,
): void {
  const candidates =
    answer === null
      ? history.loads.filter((load) => load.key === key && load.outcome === 'absence')
      : history.loads.filter((load) => load.id === answer && load.key === key);
  const faults = candidates.map((load) => faultOf(history, call, key, load, now));
  if (faults.includes(null)) return;
  history.broken.push(
    faults.at(-1) ?? `8: process ${call.process} answered ${key} with ${answer}, which no load of it gave`,
  );
}

/**
 * A value is older than an invalidation if its load began before Redis stored the new generation. It must not be
 * returned to a call that started
 * - after this process had the acknowledgement: no exemption;
 * - more than the trust time after another process had it, unless a trip of this process that concerned the key
 *   failed from the trust time before the call until now: it could not have known. What it believes without asking
 *   is no older than that, and neither is what the runs it joins took off from. A process without a Redis neither
 *   hears of others' invalidations nor is heard.
 */
function faultOf(
  history: History,
  call: CallRecord,
  key: string,
  load: LoadRecord,
  now: number,
): string | null {
  const answered = `process ${call.process} answered ${key} from load ${load.id}`;
  for (const invalidation of history.invalidations) {
    if (invalidation.ackedStamp === null || !isOlder(history, key, load, invalidation)) continue;
    const own = invalidation.process === call.process;
    // What a process without a Redis knew is gone with it, and so is all that it invalidated.
    if (own && invalidation.ackedStamp < call.startedStamp)
      return `1: ${answered}, which began before an invalidation that it had acknowledged`;
    const known = call.startedAt > (invalidation.endedAt as number) + SETTINGS.trustMs;
    const isApart = history.alone.has(call.process) || history.alone.has(invalidation.process);
    if (own || isApart || !known) continue;
    // What failed because the process had stood still is no excuse: Redis was there, and had to be asked.
    const excused = ({ stalled }: { readonly stalled?: boolean }) => !stalled;
    if (!hadTrouble(history, call.process, key, call.startedAt - SETTINGS.trustMs, now, excused))
      return `2: ${answered}, more than the trust time after process ${invalidation.process} acknowledged an invalidation`;
  }
  if (isDead(history, call, load, now)) return `6: ${answered}, which was dead`;
  return faultByDemand(history, call, load, now)?.replace('%', answered) ?? null;
}

function isOlder(history: History, key: string, load: LoadRecord, { tokens }: InvalidationRecord): boolean {
  return tagsOfKey(key).some((tag) => {
    const token = tokens.get(tag);
    return token !== undefined && load.beganStamp < (history.renewedStamp.get(token) ?? 0);
  });
}

/**
 * Whether the value had outlived its class when the call started, or the execution that it joined, by no clock that
 * anybody sets: but where another life loaded it, by as much more as its clock was ahead. What was under way when the call
 * started, to here or to Redis, is as new as it gets; of an absence it is not known when Redis took it. Who
 * wants what is newer takes what another process loads, whatever the time is there.
 */
function isDead(history: History, call: CallRecord, load: LoadRecord, now: number): boolean {
  const isAbsence = load.outcome === 'absence';
  const { staleMs } = isAbsence ? SETTINGS.absent : SETTINGS;
  const joinedMs = call.hasJoined ? SETTINGS.trustMs : 0;
  return (
    landingOf(history, load) < call.startedStamp &&
    !(load.life !== call.life && (isAbsence || wantsNewer(call))) &&
    load.beganAt + staleMs + aheadMs(history, call, load, now) < call.startedAt - joinedMs
  );
}

/** Checks promise 2 at each acknowledgement: Redis has stored every generation of the invalidation. */
export function acknowledgementIsTrue(history: History, { process, tokens }: InvalidationRecord): void {
  for (const [tag, token] of tokens) {
    if (!history.renewedStamp.has(token))
      history.broken.push(
        `2: process ${process} acknowledged an invalidation of ${tag} that Redis never took`,
      );
  }
}
