/** A simulation as data. The same plan gives the same history, and a part of a plan is a plan. */
export interface Plan {
  readonly seed: number;
  readonly processes: readonly ProcessPlan[];
  readonly acts: readonly Act[];
}

export interface ProcessPlan {
  /** Initial offset of its clock, in milliseconds. */
  readonly clockOffsetMs: number;
  /** `alone`: it has no Redis, and gets no messages. `guarded`: it has a circuit breaker in front of Redis. */
  readonly redis: 'bare' | 'guarded' | 'alone';
}

/** One act, `at` milliseconds after the beginning. */
export type Act = { readonly at: number } & (
  | { readonly do: CallKind; readonly process: number; readonly ids: readonly number[] }
  | { readonly do: 'invalidate'; readonly process: number; readonly tags: readonly string[] }
  /** The process does nothing for that time; null: for ever. */
  | { readonly do: 'stop'; readonly process: number; readonly forMs: number | null }
  /** The process stalls. Its connections are cut meanwhile, and none can be made for `cutMs` after the stall. */
  | { readonly do: 'stall'; readonly process: number; readonly forMs: number; readonly cutMs: number }
  /** The process is killed, and a new one with an empty memory replaces it. */
  | { readonly do: 'restart'; readonly process: number }
  /** The process learns that it may have missed messages. */
  | { readonly do: 'gap'; readonly process: number }
  /** The wall clock of the process is set. Its monotonic clock is not affected. */
  | { readonly do: 'clock'; readonly process: number; readonly byMs: number }
  | {
      readonly do: 'redis';
      readonly fault: RedisFault;
      readonly process: number | null;
      readonly forMs: number;
    }
  | { readonly do: 'flush' }
  | { readonly do: 'evict'; readonly what: RedisKind; readonly which: number }
  | { readonly do: 'messages'; readonly fault: MessageFault; readonly forMs: number }
  | {
      readonly do: 'loads';
      readonly fault: LoadFault;
      readonly ids: readonly number[];
      readonly forMs: number;
    }
);

/** `fresh`: a read that waits for the refresh of a stale entry. `aged`: a read with a maximum age. */
export type ReadKind = 'read' | 'fresh' | 'aged' | 'refresh' | 'cache-only' | 'peek';

/** A query over the ids as a client sends it: without a directive, with max-age, with no-cache, or with only-if-cached. */
export type AnswerKind = 'answer' | 'answer-aged' | 'answer-new' | 'answer-held';

export type CallKind = ReadKind | AnswerKind;

/** The kind of a key in Redis. */
export type RedisKind = 'entry' | 'answer' | 'lease' | 'generation';

/**
 * `refused`: connections are refused. `hung`: commands are neither executed nor answered. `late`: commands are executed,
 * before or after the timeout of their sender. `slow`: replies mostly come in time. `read-only`: each write is refused, as
 * by a replica or a full Redis.
 */
export type RedisFault = 'refused' | 'hung' | 'late' | 'slow' | 'read-only';
export type MessageFault = 'lost' | 'late' | 'doubled';
/** `unencodable`: the load returns a value that cannot be stored. `absent`: it returns null. */
export type LoadFault = 'failing' | 'slow' | 'unencodable' | 'absent';
