import {
  couldNotAskAfterStall,
  generationsChanged,
  hadTrouble,
  hadWaited,
  leaseWasLost,
  takeOffOf,
  wasSeenMade,
} from './exemptions.ts';
import type { History, LoadRecord } from './history.ts';
import { concerns, generationKeysOf } from './keys.ts';
import { SETTINGS } from './settings.ts';

/** Checks promise 3 at the beginning of each load. */
export function loadIsTheOnlyOne(history: History, load: LoadRecord): void {
  const others = history.loads.filter((other) => other.key === load.key && canTell(history, other, load));
  for (const other of others) if (other.endedAt === null) mayOverlap(history, other, load);
  mayTryAgain(history, others, load);
}

/** A process without a Redis is a cluster of its own. */
function canTell(history: History, other: LoadRecord, load: LoadRecord): boolean {
  const { alone } = history;
  return other.process === load.process || !(alone.has(other.process) || alone.has(load.process));
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
 * Redis has answered since. Nor is one joined that lasted through a stall of the process, while Redis cannot be asked
 * whether it is outdated. A load by a caller that had waited its time for another process takes the generations
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
    couldNotAskAfterStall(history, other, load) ||
    hadWaited(history, other) ||
    generationKeysOf(key).some((generationKey) => wasSeenMade(history, process, generationKey, since))
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

/**
 * A failure is not tried again for a pause: in the process that had it without exemption, unless a load that
 * overlapped it ended well since; in another, or in one that was started in its place, unless the failure could not
 * be told, or not be asked for.
 */
function mayTryAgain(history: History, others: readonly LoadRecord[], load: LoadRecord): void {
  const now = load.beganAt;
  const good = others.filter(({ outcome }) => outcome === 'value' || outcome === 'absence');
  const latest = Math.max(...good.map(({ endedAt }) => endedAt as number));
  for (const failure of others) {
    const failedAt = failure.endedAt as number;
    if (failure.outcome !== 'failure' || failedAt <= latest || now >= failedAt + SETTINGS.pauseMs) continue;
    const own = failure.life === load.life;
    const since = takeOffOf(history, failure);
    const untold =
      history.alone.has(load.process) ||
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
