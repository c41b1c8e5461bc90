import { hash } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { acceptsGzip } from './accept.ts';
import { isNotModified } from './representation.ts';

const compress = promisify(gzip);

/** A page or a file of one, as it goes to browsers. */
export interface Asset {
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
  readonly etag: string;
  readonly headers: OutgoingHttpHeaders;
}

/** Who may keep it, to ask each time whether it is still the one, and which requests are answered otherwise. */
interface AssetCaching {
  readonly cacheControl: string;
  readonly vary: string;
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

/** Sends it, or 304 to whom has it. */
export function sendAsset(
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
