/** One call of the engine. Stamps order all that is recorded; times are virtual milliseconds of the world's clock. */
export interface CallRecord {
  readonly process: number;
  readonly kind: 'read' | 'refresh' | 'peek';
  readonly keys: readonly string[];
  readonly startedAt: number;
  readonly startedStamp: number;
  endedAt: number | null;
}

export interface LoadRecord {
  /** The value that the load gives. */
  readonly id: number;
  readonly process: number;
  readonly key: string;
  readonly beganAt: number;
  readonly beganStamp: number;
  endedAt: number | null;
  failed: boolean;
}

export interface InvalidationRecord {
  readonly process: number;
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
  /** It was refused, cut off, or too late, or a command of it was refused. */
  failed: boolean;
}

/** What became of a key in Redis other than by its owner's doing. */
interface LossRecord {
  readonly redisKey: string;
  readonly why: 'flushed' | 'evicted' | 'expired' | 'renewed';
  readonly at: number;
}

/** Where a process did nothing, or knows that what it knew of some tags is over. */
interface Span {
  readonly process: number;
  readonly from: number;
  readonly to: number;
}

interface Heard {
  readonly process: number;
  readonly tags: readonly string[];
  readonly at: number;
}

/** All that happened, as far as a promise depends on it. */
export interface History {
  readonly calls: CallRecord[];
  readonly loads: LoadRecord[];
  readonly invalidations: InvalidationRecord[];
  readonly trips: TripRecord[];
  readonly losses: LossRecord[];
  readonly stops: Span[];
  readonly heard: Heard[];
  /** When Redis took a generation, by its token. */
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
    invalidations: [],
    trips: [],
    losses: [],
    stops: [],
    heard: [],
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
