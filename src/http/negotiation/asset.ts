import { hash } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { acceptsGzip, isNotModified } from './representation.ts';

const compress = promisify(gzip);

/** A file of a page, as browsers get it. */
export interface Asset {
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
  readonly etag: string;
  readonly headers: OutgoingHttpHeaders;
}

/** The headers that say which caches may store a file, to revalidate it each time, and what it varies by. */
interface AssetCaching {
  readonly cacheControl: string;
  readonly vary: string;
}

export async function createAsset(bytes: Buffer, headers: OutgoingHttpHeaders): Promise<Asset> {
  // Weak, because it identifies the file and not the bytes of one coding.
  return {
    bytes,
    gzipped: await compress(bytes),
    etag: `W/"${hash('sha256', bytes, 'base64url')}"`,
    headers,
  };
}

/** The first request makes and compresses the file, and it is kept. */
export function servesOnce(
  make: () => Promise<Asset>,
  caching: AssetCaching,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let asset: Promise<Asset> | undefined;
  return async (request, response) => {
    asset ??= make();
    sendAsset(request, response, await asset, caching);
  };
}

/** Sends the file, or 304 to a client that has it. */
function sendAsset(
  { headers }: IncomingMessage,
  response: ServerResponse,
  asset: Asset,
  { cacheControl, vary }: AssetCaching,
): void {
  response.setHeader('ETag', asset.etag).setHeader('Cache-Control', cacheControl).appendHeader('Vary', vary);
  if (isNotModified(headers['if-none-match'], asset.etag)) {
    response.writeHead(304).end();
    return;
  }
  const zipped = acceptsGzip(headers);
  const body = zipped ? asset.gzipped : asset.bytes;
  response
    .writeHead(200, {
      ...asset.headers,
      'Content-Length': body.length,
      'X-Content-Type-Options': 'nosniff',
      ...(zipped && { 'Content-Encoding': 'gzip' }),
    })
    .end(body);
}
