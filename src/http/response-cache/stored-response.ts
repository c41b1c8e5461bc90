import type { Codec } from '../../cache/index.ts';
import type { MediaType } from '../negotiation/accept.ts';
import { entityTag } from '../negotiation/entity-tag.ts';
import { type Coding, compress } from '../negotiation/representation.ts';

/** An answer's bytes in one coding, as they go on the wire. */
export interface Variant {
  readonly coding: Coding;
  readonly bytes: Buffer;
  readonly etag: string;
}

/** A whole answer, which is sent as it is however often it is asked for. */
export interface StoredAnswer {
  readonly mediaType: MediaType;
  /** Its bytes before any coding. */
  readonly bytes: Buffer;
  /** How many calls to the upstream make it where nothing is cached. */
  readonly upstreamCalls: number;
  /** The answer in a coding: made when it is first asked for, and kept. */
  variant(coding: Coding): Variant | Promise<Variant>;
}

export function createStoredAnswer(mediaType: MediaType, bytes: Buffer, upstreamCalls: number): StoredAnswer {
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
                // For want of memory, say. The answer is there all the same, and the next who asks tries again.
                variants.delete(coding);
                return { coding: 'identity' as const, bytes, etag: entityTag(bytes, 'identity') };
              },
            );
      variants.set(coding, made);
      return made;
    },
  };
}

/** What an answer takes of memory: its bytes, and as much again for its other codings. */
export function weightOf({ bytes }: StoredAnswer): number {
  return 2 * bytes.length;
}

/** An answer at rest: the bytes before coding, as the text they are. */
export const answerCodec: Codec<StoredAnswer> = {
  toJson: ({ mediaType, bytes, upstreamCalls }) => [mediaType, bytes.toString(), upstreamCalls],
  fromJson(json) {
    const [mediaType, text, upstreamCalls] = json as readonly unknown[];
    if (!isMediaType(mediaType) || typeof text !== 'string' || !isCount(upstreamCalls))
      throw new TypeError('not a stored response');
    return createStoredAnswer(mediaType, Buffer.from(text), upstreamCalls);
  },
};

function isMediaType(value: unknown): value is MediaType {
  return value === 'application/json' || value === 'application/graphql-response+json';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
