/** A simulation as data: the same plan gives the same history, and a part of a plan is a plan too. */
export interface Plan {
  readonly seed: number;
  readonly processes: readonly ProcessPlan[];
  readonly acts: readonly Act[];
}

export interface ProcessPlan {
  /** Initial offset of its clock, in milliseconds. */
  readonly clockOffsetMs: number;
  /** `alone`: it has no Redis, and hears nothing of the others. `guarded`: a breaker stands before its Redis. */
  readonly redis: 'bare' | 'guarded' | 'alone';
}

/** One act, `at` milliseconds after the beginning. */
export type Act = { readonly at: number } & (
  | { readonly do: CallKind; readonly process: number; readonly ids: readonly number[] }
  | { readonly do: 'invalidate'; readonly process: number; readonly tags: readonly string[] }
  /** The process does nothing for that time, or for ever if it is null. */
  | { readonly do: 'stop'; readonly process: number; readonly forMs: number | null }
  /** The process stands still. All connections are cut meanwhile, and for as long as `cutMs` none comes about. */
  | { readonly do: 'stall'; readonly process: number; readonly forMs: number; readonly cutMs: number }
  /** The process is killed, and a new one with an empty memory replaces it. */
  | { readonly do: 'restart'; readonly process: number }
  /** The process learns that it may have missed messages. */
  | { readonly do: 'gap'; readonly process: number }
  /** Somebody sets the clock of the process's machine. What time has passed stays as it was. */
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

/**
 * `fresh`: a read that waits for the refresh of what is stale. `aged`: a read that takes nothing older than a greatest
 * age.
 */
export type ReadKind = 'read' | 'fresh' | 'aged' | 'refresh' | 'cache-only' | 'peek';

/** A query over the ids, as a client asks for it: as it comes, of a greatest age, with no-cache, or only if it is cached. */
export type AnswerKind = 'answer' | 'answer-aged' | 'answer-new' | 'answer-held';

export type CallKind = ReadKind | AnswerKind;

/** The kind of a key in Redis. */
export type RedisKind = 'entry' | 'answer' | 'lease' | 'generation';

/**
 * `refused`: nobody listens. `hung`: nothing comes back, nothing is done. `late`: what is sent is done, before or
 * after its sender has given up. `slow`: it answers, mostly in time. `read-only`: writes are refused one by one, as
 * by a replica or a full Redis.
 */
export type RedisFault = 'refused' | 'hung' | 'late' | 'slow' | 'read-only';
export type MessageFault = 'lost' | 'late' | 'doubled';
/** `unencodable`: the load gives a value that cannot be stored. `absent`: it gives null. */
export type LoadFault = 'failing' | 'slow' | 'unencodable' | 'absent';
