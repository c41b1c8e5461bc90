/** What became of a request at the response cache. */
export type CacheOutcome =
  | {
      readonly kind: 'hit';
      /** How long the answer is fresh still; negative for how long it has been stale. */
      readonly ttlSeconds: number;
      /** A client's no-cache that came too soon after the last load of the key. */
      readonly tooSoon?: boolean;
      /** The client wanted a newer answer, and the upstream failed to give what that takes. */
      readonly afterFailure?: boolean;
    }
  | {
      /**
       * Why the answer had to be made: nothing was held; or the client would not have what was held.
       */
      readonly kind: 'miss' | 'request';
      readonly stored: boolean;
      /** Whether it shares the execution of another request. */
      readonly collapsed: boolean;
    }
  /** What the cache has no part in: mutations, operators, answers that cannot be kept. */
  | { readonly kind: 'bypass' }
  /** only-if-cached, and there was nothing. */
  | { readonly kind: 'not-held' };

const NAME = 'catalog-gateway';

// The largest integer that a structured field can hold (RFC 9651, 3.3.1).
const LARGEST_INTEGER = 999_999_999_999_999;

/** The value of Cache-Status (RFC 9211): one member of a list, its parameters tokens, integers and true booleans. */
export function cacheStatus(outcome: CacheOutcome): string {
  switch (outcome.kind) {
    case 'hit':
      // The request went past the cache, so this is no hit in the sense of the RFC (2.1).
      if (outcome.afterFailure)
        return `${NAME}; fwd=request; ttl=${integer(outcome.ttlSeconds)}; detail=stale-if-error`;
      return `${NAME}; hit; ttl=${integer(outcome.ttlSeconds)}${outcome.tooSoon ? '; detail=min-interval' : ''}`;
    case 'bypass':
      return `${NAME}; fwd=bypass`;
    case 'not-held':
      // Neither a hit nor forwarded.
      return `${NAME}; detail=only-if-cached`;
    default:
      return `${NAME}; fwd=${outcome.kind}${outcome.stored ? '; stored' : ''}${outcome.collapsed ? '; collapsed' : ''}`;
  }
}

/** Rounded down, so that what has just gone stale has a negative time to live already. */
function integer(seconds: number): number {
  return Math.max(-LARGEST_INTEGER, Math.min(LARGEST_INTEGER, Math.floor(seconds)));
}
