import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { MIMEType, promisify } from 'node:util';
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import { RequestRefused } from '../refusal.ts';

/** The media types of a GraphQL response (GraphQL over HTTP). */
export type MediaType = 'application/json' | 'application/graphql-response+json';

export function acceptsHtml({ accept }: IncomingHttpHeaders): boolean {
  return (weightsOf(accept).get('text/html') ?? 0) > 0;
}

export function acceptsGzip(headers: IncomingHttpHeaders): boolean {
  const weights = weightsOf(headers['accept-encoding']);
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}

/**
 * The newer media type for clients that name it and do not prefer JSON. JSON for all others, even for a client that
 * accepts neither: a readable error says more than an empty 406, and RFC 9110 (12.4.1) allows it.
 */
export function negotiateMediaType({ accept }: IncomingHttpHeaders): MediaType {
  const weights = weightsOf(accept);
  const json = weights.get('application/json') ?? weights.get('application/*') ?? weights.get('*/*') ?? 0;
  const graphqlResponse = weights.get('application/graphql-response+json') ?? 0;
  return graphqlResponse > 0 && graphqlResponse >= json
    ? 'application/graphql-response+json'
    : 'application/json';
}

/** The values of an Accept header, or of a similar one, with their weights (RFC 9110, 12.4.2). Other parameters are ignored. */
export function weightsOf(header: string | undefined): ReadonlyMap<string, number> {
  const items = (header ?? '').toLowerCase().split(',');
  return new Map(
    items.map((item) => {
      const [name = '', ...parameters] = item.split(';').map((part) => part.trim());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return [name, Number(weight ?? 1) || 0];
    }),
  );
}

// Clients of one kind send the same header with every request, and there are few kinds. A longer header than any of
// them sends is an attack on the memory.
const SHORT_HEADERS = { max: 100, maxLength: 256 };

/** Remembers the results of `read` for the latest headers. An absent header is read as an empty one. */
export function rememberHeaders<T extends NonNullable<unknown>>(
  read: (header: string) => T,
  { max, maxLength }: { readonly max: number; readonly maxLength: number } = SHORT_HEADERS,
): (header: string | undefined) => T {
  const known = new LRUCache<string, T>({ max });
  // Most requests have the header of the request before. To compare two texts costs less than to hash one.
  let latest: { readonly header: string; readonly result: T } | undefined;
  return (header = '') => {
    if (latest?.header === header) return latest.result;
    const remembered = known.get(header);
    const result = remembered ?? read(header);
    if (header.length > maxLength) return result;
    if (remembered === undefined) known.set(header, result);
    latest = { header, result };
    return result;
  };
}

const JSON_TYPES: readonly string[] = ['application/json', 'application/graphql+json'];
const isJson = rememberHeaders(isJsonType);

/**
 * Accepts only uncompressed JSON in UTF-8.
 * @throws RequestRefused with 415 and a header with the accepted values (RFC 9110, 15.5.16).
 */
export function checkJsonContent(headers: IncomingHttpHeaders): void {
  const { 'content-type': type, 'content-encoding': coding = 'identity' } = headers;
  const isCoded = coding.trim().toLowerCase() !== 'identity';
  if (!isCoded && isJson(type)) return;
  throw new RequestRefused(415, 'The request body must be application/json, in UTF-8 and not compressed.', {
    headers: isCoded ? { 'Accept-Encoding': 'identity' } : { Accept: 'application/json' },
  });
}

function isJsonType(contentType: string): boolean {
  try {
    const { essence, params } = new MIMEType(contentType);
    const charset = params.get('charset')?.toLowerCase() ?? 'utf-8';
    return JSON_TYPES.includes(essence) && ['utf-8', 'utf8'].includes(charset);
  } catch {
    return false;
  }
}

/** The content coding of a response (RFC 9110, 8.4.1). */
export type Coding = 'identity' | 'gzip' | 'br' | 'zstd';

/** The coding for a response of so many bytes to a request with this Accept-Encoding header. */
export type NegotiateCoding = (header: string | undefined, bytes: number) => Coding;

// A smaller response fits in one packet anyway.
const WORTH_CODING_BYTES = 1024;

// The order among equal weights. Brotli compresses JSON best.
const PREFERENCE: readonly Coding[] = ['br', 'zstd', 'gzip', 'identity'];

/**
 * Chooses by the weights of the client, then by our preference. A client that refuses every coding gets the plain bytes:
 * they say more than an empty 406, and RFC 9110 (12.4.1) allows it.
 */
export function createCodingNegotiator(): NegotiateCoding {
  const codingsFor = rememberHeaders((header) => {
    const weigh = weigher(weightsOf(header));
    const [best = 'identity'] = PREFERENCE.filter((coding) => weigh(coding) > 0).sort(
      (a, b) => weigh(b) - weigh(a),
    );
    return { best, forFewBytes: weigh('identity') > 0 ? 'identity' : best } as const;
  });
  return (header, bytes) => {
    const codings = codingsFor(header);
    return bytes < WORTH_CODING_BYTES ? codings.forFewBytes : codings.best;
  };
}

function weigher(weights: ReadonlyMap<string, number>): (coding: Coding) => number {
  const any = weights.get('*');
  return (coding) => {
    const named = weights.get(coding);
    if (named !== undefined) return named;
    // Acceptable unless it is excluded, and the last choice (RFC 9110, 12.5.3).
    if (coding === 'identity') return any === 0 ? 0 : Number.MIN_VALUE;
    // A client that sends `*` is probably older than zstd.
    return coding === 'zstd' ? 0 : (any ?? 0);
  };
}

const packGzip = promisify(gzip);
const packBrotli = promisify(brotliCompress);
const packZstd = promisify(zstdCompress);

/**
 * Compresses outside the main thread. At these levels a page of sellers, 17 KB of JSON, takes under a millisecond and
 * shrinks to 17 percent with gzip, 18 with zstd and 16.6 with brotli. Brotli 9 takes ten times as long to save a
 * hundredth of that, zstd 9 four times as long for a twelfth.
 */
export async function compress(bytes: Buffer, coding: Coding): Promise<Buffer> {
  switch (coding) {
    case 'gzip':
      return packGzip(bytes, { level: 6 });
    case 'br':
      return packBrotli(bytes, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: 5,
          [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        },
      });
    case 'zstd':
      return packZstd(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
    case 'identity':
      return bytes;
  }
}

// 162 bits: no two contents have the same tag, and the header stays short.
const DIGEST_LENGTH = 27;

/**
 * The strong, quoted entity tag of `bytes` in `coding`. The bytes are those before coding; each coding has a tag of its
 * own, because its bytes differ (RFC 9110, 8.8.3.3).
 */
export function entityTag(bytes: Buffer, coding: Coding): string {
  const digest = hash('sha256', bytes, 'base64url').slice(0, DIGEST_LENGTH);
  return coding === 'identity' ? `"${digest}"` : `"${digest}-${coding}"`;
}

/**
 * Whether an If-None-Match header names `etag`, so that the response is 304. Tags are compared weakly (RFC 9110, 13.1.2),
 * and `*` matches any. A malformed tag matches nothing: the client gets the whole response.
 */
export function isNotModified(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  // A weak comparison compares the quoted parts, which may hold commas but no quotes.
  const quoted = etag.slice(etag.indexOf('"'));
  let open = ifNoneMatch.indexOf('"');
  while (open >= 0) {
    if (ifNoneMatch.startsWith(quoted, open)) return true;
    const close = ifNoneMatch.indexOf('"', open + 1);
    if (close < 0) return false;
    open = ifNoneMatch.indexOf('"', close + 1);
  }
  return false;
}
