import type { InvalidationSource } from '../../cache/index.ts';
import type { HttpEvent, RequestOutcome } from '../../http/events.ts';

/**
 * What a process has done since its start, and what it holds now. Counts only ever grow: who looks twice takes the
 * difference. Instants are in milliseconds since the epoch.
 */
export interface Observation {
  readonly at: number;
  readonly startedAt: number;
  /** Requests that were answered. */
  readonly requests: Readonly<Record<RequestOutcome, number>>;
  readonly failures: {
    /** Responses with errors, by error code. */
    readonly byCode: Readonly<Record<string, number>>;
    /** The latest failed GraphQL requests, newest first. */
    readonly latest: readonly ObservedFailure[];
  };
  /** Requests whose client disconnected before the response was sent. */
  readonly aborted: number;
  /** How long answers took, pages left out. */
  readonly durations: Distribution;
  /** By key class. Whole answers are one too: an answer that was not found looks up its entries, which count by theirs. */
  readonly lookups: Readonly<Record<string, Lookups>>;
  readonly fills: number;
  readonly fillsDiscarded: number;
  readonly upstream: {
    readonly calls: number;
    /** Upstream calls that failed after their retries. */
    readonly failures: number;
    readonly retries: number;
    /** Calls that the cache made needless. */
    readonly avoided: number;
    /** Calls by route template. */
    readonly byRoute: Readonly<Record<string, number>>;
  };
  readonly stale: {
    /** Entries and answers that were served past their freshness. */
    readonly served: number;
    /** By how much the oldest of the last minute was. */
    readonly oldestSeconds: number;
  };
  readonly redis: RedisState;
  /** How many nodes of Redis are left alone. */
  readonly breakersOpen: number;
  readonly held: {
    readonly entryBytes: number;
    readonly answerBytes: number;
    readonly entries: number;
    readonly answers: number;
  };
  readonly process: ProcessState;
  /** The last of them, the newest first. */
  readonly invalidations: readonly ObservedInvalidation[];
  readonly signals: {
    readonly deliveries: number;
    readonly taken: number;
    /** Signals that could not be read. */
    readonly refused: number;
    readonly last: ObservedSignals | null;
  };
  readonly polls: { readonly done: number; readonly failed: number; readonly last: ObservedPoll | null };
  readonly warmUp: ObservedWarmUp | null;
}

export type RedisState = 'off' | 'up' | 'down';

/** How many values lie in each bucket; the last of `counts` is for what is above all bounds. */
interface Distribution {
  readonly upperBoundsSeconds: readonly number[];
  readonly counts: readonly number[];
}

/** How many were found in a tier, of which `stale` past their freshness; were in neither; or shared another's load. */
export interface Lookups {
  readonly memory: number;
  readonly redis: number;
  readonly stale: number;
  readonly miss: number;
  readonly coalesced: number;
}

export interface ProcessState {
  readonly residentBytes: number;
  readonly heapBytes: number;
  /** How late timers ran on the mean, since somebody looked last. */
  readonly eventLoopLagSeconds: number;
}

/** A GraphQL request whose response had errors. What the client chose is cut to a bounded length. */
export interface ObservedFailure {
  readonly at: number;
  readonly requestId: string;
  readonly operation: string | null;
  readonly status: number;
  readonly codes: Extract<HttpEvent, { readonly outcome: RequestOutcome }>['codes'];
  readonly client: string | null;
}

export interface ObservedInvalidation {
  readonly at: number;
  readonly source: Exclude<InvalidationSource, 'upkeep'>;
  /** The first of its tags. */
  readonly tags: readonly string[];
  readonly tagCount: number;
  /** How many of the tags had entries; null where that is not known. */
  readonly known: number | null;
  readonly acknowledged: boolean;
  /** Null where it was not acknowledged. */
  readonly durationMs: number | null;
}

export interface ObservedSignals {
  readonly at: number;
  readonly taken: number;
  readonly refused: number;
  readonly tags: number;
  readonly latencyMs: number;
}

export interface ObservedPoll {
  readonly at: number;
  readonly sellers: number;
  readonly catalogs: number;
  readonly changes: number;
  readonly tags: number;
  readonly baseline: boolean;
  readonly durationMs: number;
}

export interface ObservedWarmUp {
  readonly at: number;
  readonly state: 'under-way' | 'ended' | 'failed';
  readonly sellers: number;
  readonly total: number;
  readonly failed: number;
}
