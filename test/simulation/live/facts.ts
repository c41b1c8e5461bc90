import type { SimulatedQuestion } from './questions.ts';

/** An invalidation of one item, after its source changed. */
interface LiveInvalidation {
  readonly process: number;
  readonly life: number;
  readonly id: number;
  /** The version of the item when it began: older ones are removed by it. */
  readonly version: number;
  /** Null until it is acknowledged. */
  ackedAt: number | null;
}

/** One renewal of a live question in a process. */
export interface Renewal {
  readonly life: number;
  readonly key: string;
  readonly beganAt: number;
  endedAt: number | null;
}

/** When a process learnt of a change by a message, or by its own acknowledgement. */
interface Heard {
  readonly life: number;
  readonly id: number;
  readonly at: number;
}

/** A question in one life of a process. */
interface RenewedQuestion {
  readonly question: SimulatedQuestion;
  readonly process: number;
  readonly since: number;
  renewals: number;
}

/** All that the promises of live questions depend on, beside the history of the engine. */
export interface LiveFacts {
  readonly invalidations: LiveInvalidation[];
  readonly renewals: Renewal[];
  readonly heard: Heard[];
  /** When a business day began at a process, by its clock. */
  readonly midnights: { readonly process: number; readonly at: number }[];
  /** When the sessions of a viewer ended. */
  readonly signOuts: Map<string, number>;
  /** When each question began in a life of a process, by life and key. */
  readonly questions: Map<string, RenewedQuestion>;
  readonly counts: Map<string, number>;
}

export function createFacts(): LiveFacts {
  return {
    ...{ invalidations: [], renewals: [], heard: [], midnights: [] },
    ...{ signOuts: new Map(), questions: new Map(), counts: new Map() },
  };
}

export function count({ counts }: LiveFacts, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
