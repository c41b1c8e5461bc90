import { queryObjects } from 'node:v8';
import type { History } from './history.ts';

/** Checks promises 4 and 9 when no event is left: every call in a running process has ended. */
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

/**
 * The engine keeps a promise for each flight, running load, waiter and background task. It may keep entries, generations
 * and failures at rest, and none of these is a promise. The count takes a few garbage collections.
 */
export function countPromises(): number {
  return queryObjects(Promise, { format: 'count' });
}

/** Checks promise 9 when no event is left: running processes hold no promise, after any number of calls. */
export function nothingIsHeld(history: History, members: readonly unknown[], before: number): void {
  const more = countPromises() - before;
  // A breaker may keep the probe that closed it. A suspended function of the simulation may keep its last awaited promise.
  if (more > members.length + 1)
    history.broken.push(
      `9: at rest ${members.length} processes hold ${more} more flights, loads or waiters than before any call`,
    );
}
