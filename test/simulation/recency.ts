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
 * - after this process got the acknowledgement: no exemption;
 * - more than the trust time after another process got it. Exemption: a trip of this process for the key failed between
 *   the trust time before the call and now, so the process could not know. Generations that it trusts without a read are
 *   no older than the trust time, nor are the origins of the flights that it joins. A process without a Redis neither
 *   receives nor sends invalidations.
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
    // A process without a Redis loses its entries and its generations when it ends.
    if (own && invalidation.ackedStamp < call.startedStamp)
      return `1: ${answered}, which began before an invalidation that it had acknowledged`;
    const known = call.startedAt > (invalidation.endedAt as number) + SETTINGS.trustMs;
    const isApart = history.alone.has(call.process) || history.alone.has(invalidation.process);
    if (own || isApart || !known) continue;
    // A trip that failed because the process had stood still is no excuse: Redis was available and must be read.
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
 * Whether the value was dead when the call started, or when the execution that it joined began. Ages are monotonic; for a
 * value of another life, the lead of that life's clock is added. A value that was on its way to this process or to Redis
 * when the call started is never dead. The time at which Redis stored an absence is unknown. A call that requires a newer
 * value accepts a load of another process, whatever that process's clock shows.
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
