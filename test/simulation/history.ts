import type { CallKind } from './plan.ts';

/** One call of the engine. Stamps order all records; times are virtual milliseconds of the world's clock. */
export interface CallRecord {
  readonly process: number;
  readonly life: number;
  readonly kind: CallKind;
  readonly keys: readonly string[];
  readonly startedAt: number;
  readonly startedStamp: number;
  /** Start time by the clock of its process. */
  readonly startedWall: number;
  /** Whether it got the response of an execution that another call had begun. */
  hasJoined: boolean;
  /** End time of the call or of its process. */
  endedAt: number | null;
}

/** One read of the source. */
export interface LoadRecord {
  /** The value that the load gives, unless that is null. */
  readonly id: number;
  readonly process: number;
  readonly life: number;
  readonly key: string;
  readonly beganAt: number;
  readonly beganStamp: number;
  /** Start time by the clock of its process. */
  readonly beganWall: number;
  endedAt: number | null;
  endedStamp: number | null;
  /** The outcome after its end. `gone`: its process was killed meanwhile. */
  outcome: 'value' | 'absence' | 'failure' | 'gone' | null;
}

/** One execution of a query. */
export interface ExecutionRecord {
  readonly process: number;
  readonly life: number;
  /** The query, and its requirement on the age of its values. */
  readonly name: string;
  readonly keys: readonly string[];
  readonly startedAt: number;
  endedAt: number | null;
}

export interface InvalidationRecord {
  readonly process: number;
  readonly life: number;
  /** The new generation of each tag. */
  readonly tokens: ReadonlyMap<string, string>;
  readonly startedAt: number;
  endedAt: number | null;
  /** Null if it was not acknowledged (yet). */
  ackedStamp: number | null;
}

export interface TripRecord {
  readonly process: number;
  readonly redisKeys: ReadonlySet<string>;
  readonly sentAt: number;
  settledAt: number | null;
  /** It was refused, cut off, or too late, or a command of it was refused, or it took a whole budget. */
  failed: boolean;
  /** Its sender gave up before the reply came. */
  timedOut?: boolean;
  /** It failed because its process had stood still, which does not mean that Redis was unavailable. */
  stalled?: boolean;
}

/** A change of a key in Redis that its owner did not make. */
interface LossRecord {
  readonly redisKey: string;
  readonly why: 'flushed' | 'evicted' | 'expired' | 'renewed';
  readonly at: number;
}

/** The content of a key in Redis. */
export interface Kept {
  readonly value: Buffer;
  readonly storedAt: number;
  readonly expiresAt: number;
}

/** Redis refused a lease to a process, because another process held it. */
interface Refusal {
  readonly process: number;
  readonly redisKey: string;
  readonly at: number;
}

/** A period in which a process did nothing. A killed and restarted process does nothing for an instant. */
interface Span {
  readonly process: number;
  readonly from: number;
  readonly to: number;
}

/** A process learnt that its known generations of some tags are invalid. */
interface Heard {
  readonly process: number;
  readonly tags: readonly string[];
  readonly at: number;
}

interface Moment {
  readonly process: number;
  readonly at: number;
}

/** All events that a promise depends on. */
export interface History {
  readonly calls: CallRecord[];
  readonly loads: LoadRecord[];
  readonly executions: ExecutionRecord[];
  readonly invalidations: InvalidationRecord[];
  readonly trips: TripRecord[];
  readonly losses: LossRecord[];
  readonly refusals: Refusal[];
  readonly stops: Span[];
  readonly heard: Heard[];
  /** When a process learnt that it may have missed messages. */
  readonly gaps: Moment[];
  /** When a query got nothing from Redis any more, because of Redis or because it had waited for it long enough. */
  readonly spent: (Moment & { readonly stalled?: boolean })[];
  /** When the clock of a process was set. */
  readonly clockSteps: (Moment & { readonly byMs: number })[];
  /** When a process began a refresh ahead of expiry. */
  readonly earlies: Moment[];
  /** Reads in the background that renew entries which are still fresh. */
  readonly renewals: { readonly process: number; readonly startedAt: number; readonly endedAt: number }[];
  /** The wall clock of each process, in milliseconds since the epoch. */
  readonly wallClocks: Map<number, () => number>;
  /** Processes without a Redis. */
  readonly alone: Set<number>;
  /** The content of Redis. */
  readonly kept: Map<string, Kept>;
  /** When Redis stored the value of a load, by its id. Null values name no load. */
  readonly storedStamp: Map<number, number>;
  /** When Redis stored a generation, or a process without a Redis did, by its token. */
  readonly renewedStamp: Map<string, number>;
  /** The process that created a token. */
  readonly giver: Map<string, number>;
  /** Number of events of the engine, by type. */
  readonly events: Map<string, number>;
  /** The history as readable lines. */
  readonly lines: string[];
  readonly broken: string[];
  stamp(): number;
  /** Adds a line if lines are kept. */
  tell(line: () => string): void;
}

/** `isTold`: whether lines are kept. They cost more than everything else. */
export function createHistory(now: () => number, isTold: boolean): History {
  const lines: string[] = [];
  let stamps = 0;
  return {
    calls: [],
    loads: [],
    executions: [],
    invalidations: [],
    trips: [],
    losses: [],
    refusals: [],
    stops: [],
    heard: [],
    gaps: [],
    spent: [],
    clockSteps: [],
    earlies: [],
    renewals: [],
    wallClocks: new Map(),
    alone: new Set(),
    kept: new Map(),
    storedStamp: new Map(),
    renewedStamp: new Map(),
    giver: new Map(),
    events: new Map(),
    lines,
    broken: [],
    stamp() {
      stamps += 1;
      return stamps;
    },
    tell(line) {
      if (isTold) lines.push(`${String(now()).padStart(5)} ms  ${line()}`);
    },
  };
}
