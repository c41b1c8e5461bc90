import type { Derived, FoundDerived } from '../../cache/index.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Read, ReadDemand, Repository } from '../../repository/index.ts';
import type { CacheQuery } from './cache-query.ts';
import { createExecutedResponses, type ExecutedResponsesOptions } from './executed-responses.ts';
import { maxAgeOf, type ParsedRequest, type RequestDirectives } from './parsed-request.ts';
import { type ExecutedResponse, executed, SUCCESS, servedOf, storedResponse } from './served-response.ts';
import type { CacheOutcome, Dependencies, ServedResponse, StoredResponse } from './stored-response.ts';

export interface ResponseCache {
  /** The response in memory, if the request accepts it. A stale one is refreshed in the background. */
  peek(query: CacheQuery, request: ParsedRequest): ServedResponse | undefined;
  /** The response of an execution that needs no wait, if the request accepts it; undefined for any other. */
  executeAtOnce(query: CacheQuery, request: ParsedRequest): ServedResponse | undefined;
  /** The response from Redis or from an execution; null if the request forbids an execution (`only-if-cached`). */
  find(query: CacheQuery, request: ParsedRequest): Promise<ServedResponse | null>;
  /**
   * A fresh response, for nobody in particular: the stored one, or one of an execution that waits for the refresh of its
   * entries. A stale one if the upstream fails, or another process is still refreshing them.
   */
  renew(query: CacheQuery, request: ParsedRequest): Promise<ServedResponse>;
  dependenciesOf(served: MadeResponse): Dependencies;
  /** Calls the listener with each response that memory gets, and its key. */
  onStored(listener: (key: string, made: MadeResponse) => void): void;
}

/** A response, whoever it is for. */
export type MadeResponse = Pick<ServedResponse, 'stored' | 'codes' | 'derived' | 'dependencies'>;

export interface ResponseCacheOptions extends ExecutedResponsesOptions {
  readonly repository: Repository;
  readonly clock: Clock;
  /** A response no older than this is new enough for every request, whatever its directives; in milliseconds. */
  readonly minIntervalMs: number;
}

// The pause after a refresh that loaded nothing fresh, before the next one.
const REFRESH_PAUSE_MS = 1000;

export function createResponseCache(options: ResponseCacheOptions): ResponseCache {
  const { store, repository, clock, minIntervalMs } = options;
  const { load, loadAtOnce } = createExecutedResponses(options);
  const pausedUntil = new WeakMap<Derived<StoredResponse>, number>();

  return {
    peek,
    executeAtOnce(query, request) {
      const { noStore, onlyIfCached, noCache, maxAgeSeconds } = request.directives;
      if (noStore || onlyIfCached || noCache || maxAgeSeconds !== null) return undefined;
      const result = loadAtOnce(query, request, repository.newTrial());
      if (!result) return undefined;
      store.noteMiss(false);
      return servedOf(result, executed('miss', result.derived?.kept === true));
    },
    async find(query, request) {
      const { directives } = request;
      const key = query.keys[request.mediaType];
      const read = repository.newRead(demandOf(directives));
      if (directives.noStore && !directives.onlyIfCached) {
        const result = await load(query, request, read, false);
        return (await servedInstead(key, result, read)) ?? servedOf(result, executed('request', false));
      }
      const found = await store.find(key, read.budget);
      const served = found && serve(found.derived, found.tier, query, request);
      if (served) return served;
      if (directives.onlyIfCached) {
        store.noteMiss(false);
        return null;
      }
      // The execution of another request may have ended while this one read from Redis.
      const stored = peek(query, request);
      if (stored) return stored;
      // A request with a limit of age does not join the flight of one without.
      const begin = () => store.join(`${key} ${read.maxAgeMs ?? ''}`, () => load(query, request, read, true));
      let run = begin();
      let result = await run.result;
      // The flight may have begun with entries whose trust has ended since. A flight that begins now has not.
      const { entries, until } = result.dependencies;
      const isOver = clock.now() >= until || !store.isTrusted(entries);
      if (run.joined && isOver) {
        run = begin();
        result = await run.result;
      }
      // The limit of another client does not count for this one, and the next flight may be of such a client too.
      if (run.joined && result.codes.includes('RATE_LIMITED')) {
        run = { result: load(query, request, read, true), joined: false };
        result = await run.result;
      }
      store.noteMiss(run.joined);
      const instead = await servedInstead(key, result, read);
      if (instead) return instead;
      const isStored = result.derived?.kept === true && !run.joined;
      return servedOf(result, executed(found ? 'request' : 'miss', isStored, run.joined));
    },
    async renew(query, request) {
      const key = query.keys[request.mediaType];
      const read = inBackground();
      const made = loadAtOnce(query, request, { ...repository.newTrial(), background: true });
      if (made) return servedOf(made, executed('miss', made.derived?.kept === true));
      const found = await store.find(key, read.budget);
      if (found && clock.monotonic() < found.derived.freshUntil)
        return storedResponse(found.derived, { kind: 'hit', ttlSeconds: ttlOf(found.derived) });
      const { result, joined } = loadFresh(query, request, read, found?.derived);
      const loaded = await result;
      return (await servedInstead(key, loaded, read)) ?? servedOf(loaded, executed('miss', !joined, joined));
    },
    dependenciesOf: ({ derived, dependencies }) =>
      dependencies ?? {
        entries: derived ? store.sourcesOf(derived) : [],
        until: derived ? derived.staleUntil - clock.monotonic() + clock.now() : 0,
      },
    onStored: (listener) =>
      store.onKept((key, derived) => listener(key, { ...SUCCESS, stored: derived.value, derived })),
  };

  function peek(query: CacheQuery, request: ParsedRequest): ServedResponse | undefined {
    if (request.directives.noStore) return undefined;
    const derived = store.peek(query.keys[request.mediaType]);
    return derived && serve(derived, 'memory', query, request);
  }

  /**
   * The stored response, of any age, instead of one in which the upstream failed: it has not been invalidated and is not
   * dead (stale-if-error, RFC 5861, 4). Undefined if nothing failed, or nothing is stored.
   */
  async function servedInstead(
    key: string,
    { codes, calls }: ExecutedResponse,
    { budget }: Read,
  ): Promise<ServedResponse | undefined> {
    if (!codes.some((code) => code.startsWith('UPSTREAM_'))) return undefined;
    const found = await store.find(key, budget);
    if (!found) return undefined;
    const { derived } = found;
    const outcome: CacheOutcome = { kind: 'hit', ttlSeconds: ttlOf(derived), afterFailure: true };
    const callsAvoided = Math.max(0, derived.value.upstreamCalls - calls.made);
    return storedResponse(derived, outcome, callsAvoided);
  }

  function ttlOf({ freshUntil }: Derived<StoredResponse>): number {
    return (freshUntil - clock.monotonic()) / 1000;
  }

  /** Undefined if the request demands a newer response, and may have one. */
  function serve(
    derived: Derived<StoredResponse>,
    tier: FoundDerived<StoredResponse>['tier'],
    query: CacheQuery,
    request: ParsedRequest,
  ): ServedResponse | undefined {
    const { directives } = request;
    const now = clock.monotonic();
    const ageMs = derived.isAgeUnknown ? Number.POSITIVE_INFINITY : now - derived.loadBeganAt;
    // A request that limits the age accepts no stale response (RFC 9111, 5.2.1.1).
    const isRefused = directives.maxAgeSeconds !== null && now >= derived.freshUntil;
    const tooOld = isRefused || ageMs > maxAgeOf(directives);
    if (tooOld && ageMs > minIntervalMs) return undefined;
    store.noteHit(derived, tier);
    if (now >= derived.freshUntil) refresh(derived, query, request, now);
    const hit = { kind: 'hit', ttlSeconds: (derived.freshUntil - now) / 1000 } as const;
    return storedResponse(derived, tooOld ? { ...hit, tooSoon: true } : hit);
  }

  /** One execution in the background, which reloads the stale entries that it reads. */
  function refresh(
    stale: Derived<StoredResponse>,
    query: CacheQuery,
    request: ParsedRequest,
    now: number,
  ): void {
    if (now < (pausedUntil.get(stale) ?? Number.NEGATIVE_INFINITY)) return;
    pausedUntil.set(stale, now + REFRESH_PAUSE_MS);
    const { result, joined } = loadFresh(query, request, inBackground(), stale);
    if (joined) return;
    result.then(
      ({ derived }) => {
        if (derived && clock.monotonic() >= derived.freshUntil)
          pausedUntil.set(derived, clock.monotonic() + REFRESH_PAUSE_MS);
      },
      // The stale response stands, and the next request tries again.
      () => {},
    );
  }

  function inBackground(): Read {
    return { ...repository.newRead({ awaitRefresh: true }), background: true };
  }

  function loadFresh(
    query: CacheQuery,
    request: ParsedRequest,
    read: Read,
    stale: Derived<StoredResponse> | undefined,
  ) {
    return store.join(`${query.keys[request.mediaType]} fresh`, () =>
      load(query, request, read, true, stale),
    );
  }

  /** How fresh the entries must be that an execution for the request reads. */
  function demandOf(directives: RequestDirectives): ReadDemand {
    const maxAgeMs = Math.max(maxAgeOf(directives), minIntervalMs);
    return maxAgeMs === Number.POSITIVE_INFINITY ? {} : { maxAgeMs, awaitRefresh: true };
  }
}
