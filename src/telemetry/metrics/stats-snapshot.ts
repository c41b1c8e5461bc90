import type { InvalidationSource } from '../../cache/index.ts';
import type { Delivery, HttpEvent, RequestOutcome, Transport } from '../../http/events.ts';
import type { RepositoryEvent } from '../../repository/events.ts';

/**
 * What a process has done since its start, and what it holds now. Counts never decrease, so two readings give a
 * difference. Instants are in milliseconds since the epoch.
 */
export interface StatsSnapshot {
  readonly at: number;
  readonly startedAt: number;
  /** Answered requests by outcome. */
  readonly requests: Readonly<Record<RequestOutcome, number>>;
  readonly failures: {
    /** Responses with errors, by error code. */
    readonly byCode: Readonly<Record<string, number>>;
    /** The latest failed GraphQL requests, newest first. */
    readonly latest: readonly ObservedFailure[];
  };
  /** Requests whose client disconnected before the response was sent. */
  readonly aborted: number;
  /** Durations of GraphQL requests. */
  readonly durations: HistogramSnapshot;
  /** By key class. The response cache is one too; on its miss the entries are looked up, and count in their own class. */
  readonly lookups: Readonly<Record<string, Lookups>>;
  readonly fills: number;
  readonly fillsDiscarded: number;
  readonly upstream: {
    readonly calls: number;
    /** Upstream calls that failed after their retries. */
    readonly failures: number;
    readonly retries: number;
    /** Calls avoided by the caches. */
    readonly avoided: number;
    /** Calls by route template. */
    readonly byRoute: Readonly<Record<string, number>>;
  };
  readonly stale: {
    /** Entries and responses that were served stale. */
    readonly served: number;
    /** Seconds past freshness of the oldest one in the last minute. */
    readonly oldestSeconds: number;
  };
  readonly redis: RedisState;
  /** Redis nodes whose circuit breaker is open. */
  readonly breakersOpen: number;
  readonly held: {
    readonly entryBytes: number;
    readonly answerBytes: number;
    readonly entries: number;
    readonly answers: number;
  };
  readonly process: ProcessState;
  /** The latest ones, newest first. */
  readonly invalidations: readonly ObservedInvalidation[];
  readonly signals: {
    readonly deliveries: number;
    readonly taken: number;
    /** Signals that could not be parsed. */
    readonly refused: number;
    readonly last: ObservedSignals | null;
  };
  readonly polls: { readonly done: number; readonly failed: number; readonly last: ObservedPoll | null };
  readonly warmUp: ObservedWarmUp | null;
  /** Null if nobody signs in. */
  readonly auth: ObservedAuth | null;
  /** Null without live responses. */
  readonly live: ObservedLive | null;
}

export type RedisState = 'off' | 'up' | 'down';

/** State of the sessions and the limits of clients. */
export interface AuthState {
  /** Whether clients can sign in. */
  readonly isOn: boolean;
  /** Sessions in the memory of this process, and sign-outs that wait for Redis; null without sessions. */
  readonly sessions: { readonly known: number; readonly pending: number } | null;
  /** The Redis of the sessions and limits. */
  readonly store: RedisState;
}

export interface ObservedAuth extends Omit<AuthState, 'isOn'> {
  /** Whether that Redis may evict sessions. */
  readonly evictable: boolean;
  readonly signIns: Readonly<Record<'accepted' | 'rejected' | 'limited' | 'unavailable', number>>;
  readonly signOuts: Readonly<Record<'done' | 'kept', number>>;
  /** GraphQL requests refused by the limit of a client, from the cache and before an execution. */
  readonly limited: Readonly<Record<'hit' | 'execution', number>>;
  /** GraphQL requests of nobody, and of sessions that could not be verified. */
  readonly refused: Readonly<Record<'unauthenticated' | 'unavailable', number>>;
  /** Verifications of sessions by the store. Within the trust time, a session needs none. */
  readonly verifications: Readonly<Record<'live' | 'absent' | 'grace' | 'unavailable', number>>;
  readonly verificationDurations: HistogramSnapshot;
  readonly tokens: Readonly<Record<'verified' | 'rejected', number>>;
  /** The source of the key set of bearer tokens; `off` before the first attempt to fetch it. */
  readonly keySet: RedisState;
}

/** Live responses. */
export interface ObservedLive {
  /** Live responses that clients follow now. */
  readonly subscribers: Readonly<Record<Transport, number>>;
  /** The live questions that they follow. */
  readonly questions: number;
  readonly renewals: Readonly<Record<'changed' | 'unchanged' | 'failed', number>>;
  readonly frames: Readonly<Record<Delivery, number>>;
  /** Live responses refused because there was no place: in this process, for the client, or because it stops. */
  readonly refused: Readonly<Record<'process' | 'client' | 'stopping', number>>;
  /** From the moment this process knew of a change until the system has taken the last frame of its response. */
  readonly lateness: HistogramSnapshot;
}

/** The number of values in each bucket; the last of `counts` has the values above all bounds. */
interface HistogramSnapshot {
  readonly upperBoundsSeconds: readonly number[];
  readonly counts: readonly number[];
}

/** Lookups found in a tier (`stale` counts those past their freshness), missing in both tiers, or joined to another load. */
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
  /** Mean delay of timers since the last reading. */
  readonly eventLoopLagSeconds: number;
}

/** A GraphQL request whose response had errors. Texts chosen by the client are cut to a bounded length. */
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
  readonly source: InvalidationSource;
  /** The first of its tags, at most 20. */
  readonly tags: readonly string[];
  readonly tagCount: number;
  /** How many of the tags had entries; null if unknown. */
  readonly known: number | null;
  readonly acknowledged: boolean;
  /** Null if it was not acknowledged. */
  readonly durationMs: number | null;
}

/** The fields of an event of the repository, with the time of the event. */
type Observed<Type extends RepositoryEvent['type']> = { readonly at: number } & Omit<
  Extract<RepositoryEvent, { readonly type: Type }>,
  'type'
>;

export type ObservedSignals = Observed<'signals-taken'>;

export type ObservedPoll = Observed<'polled'>;

export interface ObservedWarmUp {
  readonly at: number;
  readonly state: 'under-way' | 'ended' | 'failed';
  readonly sellers: number;
  readonly total: number;
  readonly failed: number;
}
