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
 * In one process, a second caller joins a running load, unless the load
 * - is known to be outdated: a tag's generation has changed or is missing since the load read it, or the load began
 *   without generations because Redis did not answer, and Redis has answered since;
 * - lasted through a stall of the process, and Redis cannot be read to check it;
 * - was started by a caller whose wait for another process had timed out: it uses the generations that this process
 *   knows, which may be invalid since their last read.
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

/** Across processes: only if the lease was lost, Redis did not answer one of the two, or the wait of one had timed out. */
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
 * A failed load is not retried during the pause. In the process of the failure, the only exemption is an overlapping load
 * that has succeeded since. In other processes, and after a restart, another exemption is that the failure could not be
 * published or not be read.
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
