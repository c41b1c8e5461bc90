import { hadTrouble } from './exemptions.ts';
import type { CallRecord, History, InvalidationRecord, LoadRecord } from './history.ts';
import { tagsOfKey } from './keys.ts';
import { SETTINGS } from './settings.ts';

/**
 * Promises 1 and 2, at each answer. Which load a value came from, it says itself; of a null it is not known, and any
 * load that gave one may explain it.
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
 * A value is older than an invalidation where its load began before Redis took the new generation. It may not be
 * given to a call that started
 * - after this process had the acknowledgement: no exemption;
 * - more than the trust time after another process had it, unless a trip of this process that concerned the key
 *   failed from the trust time before the call until now: it could not have known. What it believes without asking
 *   is no older than that, and neither is what the runs it joins took off from. A process without a Redis neither
 *   hears of others' invalidations nor is heard.
 * What a caller sets counts from when it read the source, which was after the stamp.
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
    if (!hadTrouble(history, call.process, key, call.startedAt - SETTINGS.trustMs, now))
      return `2: ${answered}, more than the trust time after process ${invalidation.process} acknowledged an invalidation`;
  }
  if (isDead(history, call, load)) return `6: ${answered}, which was dead`;
  if (isLanded(history, call, load)) return `3: ${answered}, which was over before it asked for a refresh`;
  return null;
}

function isOlder(history: History, key: string, load: LoadRecord, { tokens }: InvalidationRecord): boolean {
  return tagsOfKey(key).some((tag) => {
    const token = tokens.get(tag);
    return token !== undefined && load.beganStamp < (history.renewedStamp.get(token) ?? 0);
  });
}

/**
 * Whether the value had outlived its class when the call started. Only where the process loaded it itself by one
 * clock: what another loaded lives by that one's, which may be off. What was under way when the call started is as
 * new as it gets.
 */
function isDead(
  history: History,
  call: CallRecord,
  { life, beganAt, endedAt, outcome }: LoadRecord,
): boolean {
  const { staleMs } = outcome === 'absence' ? SETTINGS.absent : SETTINGS;
  return (
    life === call.life &&
    endedAt !== null &&
    endedAt < call.startedAt &&
    beganAt + staleMs < call.startedAt &&
    !history.clockSteps.some(({ process }) => process === call.process)
  );
}

/**
 * A refresh takes a load that is under way, or what came to Redis since it began; or it shares all that with another
 * refresh that is under way.
 */
function isLanded(history: History, call: CallRecord, load: LoadRecord): boolean {
  if (call.kind !== 'refresh' || load.outcome !== 'value' || load.endedStamp === null) return false;
  const newest = Math.max(load.endedStamp, history.storedStamp.get(load.id) ?? 0);
  return !history.calls.some(
    ({ kind, life, keys, startedStamp, endedAt }) =>
      kind === 'refresh' &&
      life === call.life &&
      keys.includes(load.key) &&
      startedStamp <= Math.min(newest, call.startedStamp) &&
      (endedAt === null || endedAt >= call.startedAt),
  );
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
