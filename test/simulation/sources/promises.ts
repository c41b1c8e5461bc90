import type { History } from '../history.ts';
import { concerns, keyOfId } from '../keys.ts';
import { SETTINGS } from '../settings.ts';
import type { Setup } from './setups.ts';

/** One read of a source. Its place in the list of all, from 1, is the value that it gives. */
export interface SourceLoad {
  readonly value: number;
  readonly id: number;
  readonly setup: Setup;
  readonly beganAt: number;
}

export interface SourceInvalidation {
  readonly process: number;
  readonly source: string;
  readonly tags: readonly string[];
  readonly startedAt: number;
  /** Null until it is acknowledged. */
  ackedAt: number | null;
}

/** One value that a call was answered with. */
export interface SourceAnswer {
  readonly kind: 'read' | 'answer';
  readonly process: number;
  readonly setup: Setup;
  readonly id: number;
  readonly value: unknown;
  readonly startedAt: number;
  /** What Redis held for the setup when the call started: the last value of its own that Redis had taken. */
  readonly held: SourceLoad | undefined;
}

export interface SourceRecords {
  readonly loads: SourceLoad[];
  readonly invalidations: SourceInvalidation[];
}

/** Promises 12 and 2 of the cache for processes that share a Redis and not a source. */
export function answerIsOwn(
  history: History,
  { loads, invalidations }: SourceRecords,
  answer: SourceAnswer,
  now: number,
): void {
  const { kind, process, setup, id, startedAt, held } = answer;
  const load = loads.find(({ value }) => value === answer.value);
  const name = `process ${process} of ${setup.form} answered item ${id}`;
  if (load?.id !== id || load.setup.form !== setup.form) {
    history.broken.push(`12: ${name} with ${answer.value}, which ${load?.setup.form ?? 'nobody'} wrote`);
    return;
  }
  // The network has no faults here, but a trip of many commands may take longer than a budget.
  const hadTrouble = history.trips.some(
    (trip) =>
      trip.process === process && trip.failed && (trip.settledAt ?? now) >= startedAt - SETTINGS.trustMs,
  );
  if (hadTrouble) return;
  const own = invalidations.filter(
    ({ source, tags }) => source === setup.source && concerns(tags, keyOfId(id)),
  );
  for (const { ackedAt, startedAt: invalidatedAt, process: by } of own) {
    const knownAt = (ackedAt ?? Number.POSITIVE_INFINITY) + (by === process ? 0 : SETTINGS.trustMs);
    if (load.beganAt < invalidatedAt && startedAt > knownAt)
      history.broken.push(`2: ${name} from load ${load.value}, older than an invalidation of its source`);
  }
  if (kind === 'answer' || !held || now >= held.beganAt + SETTINGS.freshMs * (1 - SETTINGS.jitter)) return;
  // A load reads its generations at most a budget before it begins.
  const since = held.beganAt - SETTINGS.budgetMs;
  const isInvalidated = own.some(({ ackedAt }) => ackedAt === null || ackedAt >= since);
  if (!isInvalidated && load.beganAt >= startedAt)
    history.broken.push(`12: ${name} from load ${load.value}, though Redis held a fresh one of its own`);
}
