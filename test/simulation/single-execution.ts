import { wasSeenMade } from './exemptions.ts';
import type { ExecutionRecord, History } from './history.ts';
import { allGenerationKeys } from './keys.ts';
import { SETTINGS } from './settings.ts';

/**
 * A process has one execution of a query and read mode at a time. A call with the same ones joins it, unless the execution
 * began at least the trust time ago, or the process has learnt since its begin that something may have been invalidated.
 */
export function executionIsTheOnlyOne(history: History, execution: ExecutionRecord): void {
  const { life, name, startedAt } = execution;
  const others = history.executions.filter(
    (other) =>
      other.life === life &&
      other.name === name &&
      other.endedAt === null &&
      startedAt < other.startedAt + SETTINGS.trustMs,
  );
  if (others.some((other) => !mayHaveLearnt(history, other)))
    history.broken.push(
      `3: process ${execution.process} executed ${name} while it did already, and knew of no invalidation`,
    );
}

function mayHaveLearnt(history: History, { process, startedAt }: ExecutionRecord): boolean {
  const isSince = (each: { readonly process: number; readonly at: number }) =>
    each.process === process && each.at >= startedAt;
  return (
    history.heard.some(isSince) ||
    history.gaps.some(isSince) ||
    history.invalidations.some((each) => each.process === process && (each.endedAt ?? -1) >= startedAt) ||
    hasNotSeen(history, process, startedAt) ||
    allGenerationKeys().some((key) => wasSeenMade(history, process, key, startedAt))
  );
}

/** Whether a generation has changed since the process last asked for it, so that the next answer tells it so. */
function hasNotSeen(history: History, process: number, now: number): boolean {
  return allGenerationKeys().some((redisKey) => {
    const asked = history.trips.findLast(
      (trip) =>
        trip.process === process &&
        !trip.failed &&
        (trip.settledAt ?? Number.POSITIVE_INFINITY) < now &&
        trip.redisKeys.has(redisKey),
    );
    return history.losses.some((loss) => loss.redisKey === redisKey && loss.at >= (asked?.sentAt ?? 0));
  });
}
