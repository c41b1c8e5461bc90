import type { CallKind } from './plan.ts';

/** One call of the engine. Stamps order all that is recorded; times are virtual milliseconds of the world's clock. */
export interface CallRecord {
  readonly process: number;
  readonly life: number;
  readonly kind: CallKind;
  readonly keys: readonly string[];
  readonly startedAt: number;
  readonly startedStamp: number;
  /** When it started by the clock of its process. */
  readonly startedWall: number;
  /** Whether it was given the answer of an execution that another call had begun. */
  hasJoined: boolean;
  /** When it ended, or its process did. */
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
  /** When it began by the clock of its process. */
  readonly beganWall: number;
  endedAt: number | null;
  endedStamp: number | null;
  /** What became of it, once it has ended. `gone`: its process was killed meanwhile. */
  outcome: 'value' | 'absence' | 'failure' | 'gone' | null;
}

/** One execution of a query. */
export interface ExecutionRecord {
  readonly process: number;
  readonly life: number;
  /** The query, and how new it wants what it reads. */
  readonly name: string;
  readonly keys: readonly string[];
  readonly startedAt: number;
  endedAt: number | null;
}

export interface InvalidationRecord {
  readonly process: number;
  readonly life: number;
  /** The token that is to be each tag's generation. */
  readonly tokens: ReadonlyMap<string, string>;
  readonly startedAt: number;
  endedAt: number | null;
  /** Null where it was not acknowledged, or not yet. */
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
  /** It failed because its process had stood still: no sign that Redis was away. */
  stalled?: boolean;
}

/** What became of a key in Redis other than by its owner's doing. */
interface LossRecord {
  readonly redisKey: string;
  readonly why: 'flushed' | 'evicted' | 'expired' | 'renewed';
  readonly at: number;
}

/** What Redis holds under a key. */
export interface Kept {
  readonly value: Buffer;
  readonly storedAt: number;
  readonly expiresAt: number;
}

/** Redis did not give a process a lease, because somebody had it. */
interface Refusal {
  readonly process: number;
  readonly redisKey: string;
  readonly at: number;
}

/** Where a process did nothing. One that is killed and started again does nothing for an instant. */
interface Span {
  readonly process: number;
  readonly from: number;
  readonly to: number;
}

/** A process learnt that what it knew of some tags is over. */
interface Heard {
  readonly process: number;
  readonly tags: readonly string[];
  readonly at: number;
}

interface Moment {
  readonly process: number;
  readonly at: number;
}

/** All that happened, as far as a promise depends on it. */
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
  /** When a process was told that it may have missed messages. */
  readonly gaps: Moment[];
  /** When a query got nothing from Redis any more, because of Redis or because it had waited for it long enough. */
  readonly spent: (Moment & { readonly stalled?: boolean })[];
  /** When the clock of a process was set. */
  readonly clockSteps: (Moment & { readonly byMs: number })[];
  /** When a process set out to refresh something ahead of its time. */
  readonly earlies: Moment[];
  /** What each process takes the time for, in milliseconds since the epoch. */
  readonly wallClocks: Map<number, () => number>;
  /** The processes that have no Redis. */
  readonly alone: Set<number>;
  /** What Redis holds. */
  readonly kept: Map<string, Kept>;
  /** When Redis took the value of a load, by its id. The value null tells of none. */
  readonly storedStamp: Map<number, number>;
  /** When Redis took a generation, or the process itself where it is alone, by its token. */
  readonly renewedStamp: Map<string, number>;
  /** Which process gave a token. */
  readonly giver: Map<string, number>;
  /** How often each event of the engine came, by its type. */
  readonly events: Map<string, number>;
  /** What happened, for a person to read. */
  readonly lines: string[];
  readonly broken: string[];
  stamp(): number;
  /** Adds a line, where somebody is going to read them. */
  tell(line: () => string): void;
}

/** `isTold`: whether the lines are kept. They cost more than all the rest. */
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
