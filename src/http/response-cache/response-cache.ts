import type { Clock, Derived, DerivedStore, Entry, FoundDerived } from '../../cache/index.ts';
import type { Read, ReadDemand, Repository } from '../../repository/index.ts';
import { countUpstreamCalls, type UpstreamCalls } from '../../repository/upstream-calls.ts';
import type { MediaType } from '../negotiation/accept.ts';
import type { GraphqlResponse } from '../responses.ts';
import type { CacheOutcome } from './cache-status.ts';
import type { RequestDirectives } from './parsed-request.ts';
import { createStoredAnswer, type StoredAnswer } from './stored-response.ts';

/** A query that may be answered from the cache. */
export interface Wanted {
  /** Tells it from every query that is answered with other bytes. */
  readonly key: string;
  readonly directives: RequestDirectives;
  readonly mediaType: MediaType;
  readonly execute: (read: Read) => Promise<GraphqlResponse>;
}

/** What a request is answered with. */
export interface Served {
  readonly status: number;
  readonly answer: StoredAnswer;
  /** Null for what nobody may keep. */
  readonly derived: Derived<StoredAnswer> | null;
  readonly outcome: CacheOutcome;
  /** What execution says beside the answer. */
  readonly headers: GraphqlResponse['headers'];
  readonly codes: GraphqlResponse['codes'];
  /** How many calls to the upstream the request did not need thanks to the caches. */
  readonly callsAvoided: number;
}

export interface ResponseCache {
  /** The answer that memory holds, if the request takes it. A stale one is renewed behind it. */
  held(wanted: Wanted): Served | undefined;
  /** The answer from Redis, or else from an execution; null where the request wants none that would have to be made. */
  find(wanted: Wanted): Promise<Served | null>;
}

export interface ResponseCacheOptions {
  readonly store: DerivedStore<StoredAnswer>;
  readonly repository: Repository;
  readonly clock: Clock;
  /** How long after a load it is new enough for every client, whatever it asks for; in milliseconds. */
  readonly minIntervalMs: number;
}

interface Made {
  readonly answer: StoredAnswer;
  readonly status: number;
  readonly headers: GraphqlResponse['headers'];
  readonly derived: Derived<StoredAnswer> | null;
  /** What it was made of. */
  readonly sources: readonly Entry<unknown>[];
  /** When it becomes another, whatever its sources say: milliseconds since the epoch. */
  readonly until: number;
  readonly codes: GraphqlResponse['codes'];
  readonly calls: UpstreamCalls;
}

type MadeOutcome = Extract<CacheOutcome, { readonly collapsed: boolean }>;

const NO_HEADERS = {};
const NO_CODES: GraphqlResponse['codes'] = [];

// How long after a refresh that brought nothing fresh the next is begun.
const REFRESH_PAUSE_MS = 1000;

export function createResponseCache(options: ResponseCacheOptions): ResponseCache {
  const { store, repository, clock, minIntervalMs } = options;
  const pausedUntil = new WeakMap<Derived<StoredAnswer>, number>();

  return {
    held,
    async find(wanted) {
      const { directives } = wanted;
      const read = repository.newRead(demandOf(directives));
      if (directives.noStore && !directives.onlyIfCached) {
        const result = await make(wanted, read, false);
        return (await servedInstead(wanted, result, read)) ?? servedOf(result, made('request', false));
      }
      const found = await store.find(wanted.key, read.budget);
      const served = found && serve(found.derived, found.tier, wanted);
      if (served) return served;
      if (directives.onlyIfCached) {
        store.noteMiss(false);
        return null;
      }
      // Another's execution may have ended while this looked into Redis.
      const landed = held(wanted);
      if (landed) return landed;
      const { maxAgeMs } = read;
      // Who wants it newer does not share an answer with who does not.
      const begin = () => store.share(`${wanted.key} ${maxAgeMs ?? ''}`, () => make(wanted, read, true));
      let run = begin();
      let result = await run.result;
      // It may have begun with what had been believed for nearly as long as it may. One that begins from here on has not.
      const isOver = clock.now() >= result.until || !store.believes(result.sources);
      if (run.joined && isOver) {
        run = begin();
        result = await run.result;
      }
      store.noteMiss(run.joined);
      const stored = await servedInstead(wanted, result, read);
      if (stored) return stored;
      const kind = found ? 'request' : 'miss';
      return servedOf(result, made(kind, result.derived?.kept === true && !run.joined, run.joined));
    },
  };

  function held(wanted: Wanted): Served | undefined {
    if (wanted.directives.noStore) return undefined;
    const derived = store.held(wanted.key);
    return derived && serve(derived, 'memory', wanted);
  }

  /**
   * The stored answer in the place of one that the upstream has failed, whatever its age: it has not been invalidated
   * and is not dead (stale-if-error, RFC 5861, 4). Undefined where nothing failed, or nothing is stored.
   */
  async function servedInstead(
    wanted: Wanted,
    { codes, calls }: Made,
    { budget }: Read,
  ): Promise<Served | undefined> {
    if (!codes.some((code) => code.startsWith('UPSTREAM_'))) return undefined;
    const found = await store.find(wanted.key, budget);
    if (!found) return undefined;
    const { derived } = found;
    const { value: answer } = derived;
    const ttlSeconds = (derived.freshUntil - clock.monotonic()) / 1000;
    const outcome: CacheOutcome = { kind: 'hit', ttlSeconds, afterFailure: true };
    const callsAvoided = Math.max(0, answer.upstreamCalls - calls.made);
    return { status: 200, answer, derived, outcome, headers: NO_HEADERS, codes: NO_CODES, callsAvoided };
  }

  /** Nothing where the request wants it newer, and may. */
  function serve(
    derived: Derived<StoredAnswer>,
    tier: FoundDerived<StoredAnswer>['tier'],
    wanted: Wanted,
  ): Served | undefined {
    const now = clock.monotonic();
    const ageMs = derived.isAgeUnknown ? Number.POSITIVE_INFINITY : now - derived.loadBeganAt;
    // Who names an age does not want what is stale either (RFC 9111, 5.2.1.1).
    const isRefused = wanted.directives.maxAgeSeconds !== null && now >= derived.freshUntil;
    const tooOld = isRefused || ageMs > oldestFor(wanted.directives);
    if (tooOld && ageMs > minIntervalMs) return undefined;
    store.noteHit(derived, tier);
    if (now >= derived.freshUntil) refresh(derived, wanted, now);
    const ttlSeconds = (derived.freshUntil - now) / 1000;
    const outcome: CacheOutcome = tooOld
      ? { kind: 'hit', ttlSeconds, tooSoon: true }
      : { kind: 'hit', ttlSeconds };
    const { value: answer } = derived;
    const callsAvoided = answer.upstreamCalls;
    return { status: 200, answer, derived, outcome, headers: NO_HEADERS, codes: NO_CODES, callsAvoided };
  }

  /** One execution that waits for what is stale of its reads. */
  function refresh(stale: Derived<StoredAnswer>, wanted: Wanted, now: number): void {
    if (now < (pausedUntil.get(stale) ?? Number.NEGATIVE_INFINITY)) return;
    pausedUntil.set(stale, now + REFRESH_PAUSE_MS);
    const read = { ...repository.newRead({ mode: 'fresh' }), background: true };
    const { result, joined } = store.share(`${wanted.key} fresh`, () => make(wanted, read, true, stale));
    if (joined) return;
    result.then(
      ({ derived }) => {
        if (derived && clock.monotonic() >= derived.freshUntil)
          pausedUntil.set(derived, clock.monotonic() + REFRESH_PAUSE_MS);
      },
      // The stale answer stands, and whoever asks next tries again.
      () => {},
    );
  }

  /** `stale`: the answer that stays where this brings the same, and no fresher. */
  async function make(
    wanted: Wanted,
    read: Read,
    storable: boolean,
    stale?: Derived<StoredAnswer>,
  ): Promise<Made> {
    const executed = await wanted.execute(read);
    const { text, status, headers, codes, complete } = executed;
    const { entries, cached, until } = read.recording;
    const calls = countUpstreamCalls(entries);
    const answer = createStoredAnswer(wanted.mediaType, Buffer.from(text), calls.needed);
    const rest = { answer, status, headers, codes, until, calls };
    const sources = entries.map(({ entry }) => entry);
    const isStorable = storable && complete && cached;
    const isNoNews =
      stale?.value.bytes.equals(answer.bytes) === true &&
      sources.some(({ freshUntil }) => freshUntil <= stale.freshUntil);
    if (isStorable && isNoNews) return { ...rest, sources, derived: stale ?? null };
    const derived = isStorable ? store.keep(wanted.key, answer, sources, { until }) : null;
    return { ...rest, sources, derived };
  }

  /** How fresh the entries have to be that an execution reads for the request. */
  function demandOf(directives: RequestDirectives): ReadDemand {
    const oldest = oldestFor(directives);
    if (oldest === Number.POSITIVE_INFINITY) return {};
    return { maxAgeMs: Math.max(oldest, minIntervalMs), mode: 'fresh' };
  }
}

/** The oldest answer that the request takes, in milliseconds. */
function oldestFor({ noCache, maxAgeSeconds }: RequestDirectives): number {
  if (noCache) return -1;
  return maxAgeSeconds === null ? Number.POSITIVE_INFINITY : maxAgeSeconds * 1000;
}

function made(kind: 'miss' | 'request', stored: boolean, collapsed = false): MadeOutcome {
  return { kind, stored, collapsed };
}

/** Who shares the execution of another request has made none of its calls. */
function servedOf({ calls, ...result }: Made, outcome: MadeOutcome): Served {
  return { ...result, outcome, callsAvoided: calls.needed - (outcome.collapsed ? 0 : calls.made) };
}
