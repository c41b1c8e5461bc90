import type { Codec, Derived, Entry } from '../../cache/index.ts';
import { type Coding, compress, entityTag, type MediaType } from '../negotiation/representation.ts';
import type { GraphqlResponse } from '../responses.ts';

/** The bytes of a response in one coding, as they are sent. */
export interface Variant {
  readonly coding: Coding;
  readonly bytes: Buffer;
  readonly etag: string;
}

/** A whole response, which is sent as it is to any number of requests. */
export interface StoredResponse {
  readonly mediaType: MediaType;
  /** Its bytes before any coding. */
  readonly bytes: Buffer;
  /** The number of upstream calls that it takes if nothing is cached. */
  readonly upstreamCalls: number;
  /** The response in a coding, which is made by the first call and kept. */
  variant(coding: Coding): Variant | Promise<Variant>;
}

/** What the response cache did for a request. */
export type CacheOutcome =
  | {
      readonly kind: 'hit';
      /** How long the response stays fresh; negative for how long it has been stale. */
      readonly ttlSeconds: number;
      /** The client sent no-cache too soon after the last load of the key. */
      readonly tooSoon?: boolean;
      /** The client demanded a newer response, and the upstream failed. */
      readonly afterFailure?: boolean;
    }
  | {
      /** Why the request was executed: nothing was stored, or the client refused what was stored. */
      readonly kind: 'miss' | 'request';
      readonly stored: boolean;
      /** Whether it shares the execution of another request. */
      readonly collapsed: boolean;
    }
  /** Not a matter of the cache: mutations, operations of operators, responses that cannot be stored. */
  | { readonly kind: 'bypass' }
  /** `only-if-cached`, and nothing was stored. */
  | { readonly kind: 'not-held' };

/** What a response depends on. */
export interface Dependencies {
  readonly entries: readonly Entry<unknown>[];
  /** When the response changes, even if its entries do not: milliseconds since the epoch. */
  readonly until: number;
}

/** The response to one request. */
export interface ServedResponse {
  readonly status: number;
  readonly stored: StoredResponse;
  /** Null for a response that no cache may store. */
  readonly derived: Derived<StoredResponse> | null;
  readonly outcome: CacheOutcome;
  /** Headers of the execution, such as `Allow`. */
  readonly headers: GraphqlResponse['headers'];
  readonly codes: GraphqlResponse['codes'];
  /** Null for a stored response: the store knows them. */
  readonly dependencies: Dependencies | null;
  /** The number of upstream calls that the caches saved this request. */
  readonly callsAvoided: number;
}

export function createStoredResponse(
  mediaType: MediaType,
  bytes: Buffer,
  upstreamCalls: number,
): StoredResponse {
  const variants = new Map<Coding, Variant | Promise<Variant>>();
  return {
    mediaType,
    bytes,
    upstreamCalls,
    variant(coding) {
      const known = variants.get(coding);
      if (known) return known;
      const etag = entityTag(bytes, coding);
      const made: Variant | Promise<Variant> =
        coding === 'identity'
          ? { coding, bytes, etag }
          : compress(bytes, coding).then(
              (packed) => {
                const variant = { coding, bytes: packed, etag };
                variants.set(coding, variant);
                return variant;
              },
              () => {
                // Out of memory, for example. This request gets the plain bytes, and the next one tries again.
                variants.delete(coding);
                return { coding: 'identity' as const, bytes, etag: entityTag(bytes, 'identity') };
              },
            );
      variants.set(coding, made);
      return made;
    },
  };
}

/** The memory that a response takes, in bytes: its own, and as many again for its other codings. */
export function weightOf({ bytes }: StoredResponse): number {
  return 2 * bytes.length;
}

/** The stored form has the bytes before coding, as text. */
export const responseCodec = {
  toJson: ({ mediaType, bytes, upstreamCalls }: StoredResponse) => [
    mediaType,
    bytes.toString(),
    upstreamCalls,
  ],
  fromJson(json: unknown) {
    const [mediaType, text, upstreamCalls] = json as readonly unknown[];
    if (!isMediaType(mediaType) || typeof text !== 'string' || !isCount(upstreamCalls))
      throw new TypeError('not a stored response');
    return createStoredResponse(mediaType, Buffer.from(text), upstreamCalls);
  },
} satisfies Codec<StoredResponse>;

function isMediaType(value: unknown): value is MediaType {
  return value === 'application/json' || value === 'application/graphql-response+json';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
