import { hash } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { acceptsGzip } from '../accept.ts';
import { isNotModified } from '../caching/entity-tag.ts';

const compress = promisify(gzip);

/** A file of a page, as it goes to browsers. */
export interface Asset {
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
  readonly etag: string;
  readonly headers: OutgoingHttpHeaders;
}

export async function createAsset(bytes: Buffer, headers: OutgoingHttpHeaders): Promise<Asset> {
  // Weak, since it names the file and not the bytes of one coding.
  return {
    bytes,
    gzipped: await compress(bytes),
    etag: `W/"${hash('sha256', bytes, 'base64url')}"`,
    headers,
  };
}

/** Sends the file, or 304 to whom has it. Browsers keep it and ask each time whether it is still the one. */
export function sendAsset({ headers }: IncomingMessage, response: ServerResponse, asset: Asset): void {
  response
    .setHeader('ETag', asset.etag)
    // Behind credentials: no cache that others share may have it.
    .setHeader('Cache-Control', 'private, no-cache')
    .appendHeader('Vary', 'Accept-Encoding');
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
