import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import { TransientFailure } from './retry.ts';

/** A body that is longer than its bound, as it was sent or after unpacking. */
export class BodyTooLarge extends Error {
  override name = 'BodyTooLarge' as const;
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    super(`the body exceeds ${maxBytes} bytes`);
    this.maxBytes = maxBytes;
  }
}

/** A coding that was not asked for, or more than one. */
class UnknownCoding extends Error {
  override name = 'UnknownCoding' as const;
  readonly code = 'ERR_CONTENT_CODING';
}

/**
 * The whole body, unpacked. `onBytes` is called for every piece of it. Where it throws, the rest is not read and the
 * connection is closed.
 * @throws BodyTooLarge, TransientFailure if all bodies together hold too much, and errors of the connection and zlib.
 */
export type BodyReader = (
  response: IncomingMessage,
  maxBytes: number,
  onBytes: () => void,
) => Promise<Buffer>;

/**
 * Reads bodies in pieces, so that what is over a bound is never held. `maxHeldBytes` is for all that are being read at
 * once.
 */
export function createBodyReader(maxHeldBytes: number): BodyReader {
  let held = 0;

  return async (response, maxBytes, onBytes) => {
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of unpacked(response, maxBytes, onBytes)) {
        length += chunk.length;
        held += chunk.length;
        if (length > maxBytes) throw new BodyTooLarge(maxBytes);
        // Passes by itself, once the others have been read.
        if (held > maxHeldBytes)
          throw new TransientFailure('response bodies in progress use too much memory');
        chunks.push(chunk);
      }
      return Buffer.concat(chunks, length);
    } finally {
      held -= length;
      // One that was not read to its end would keep its connection.
      if (!response.readableEnded) response.destroy();
    }
  };
}

function unpacked(response: IncomingMessage, maxBytes: number, onBytes: () => void): AsyncIterable<Buffer> {
  const decoder = decoderOf(response);
  const sent = bounded(response, maxBytes, onBytes);
  // The error of either comes out of the decoder.
  return decoder ? pipeline(sent, decoder, () => {}) : sent;
}

/** What is sent counts too: a stream can go on for ever and unpack to nothing. */
async function* bounded(source: Readable, maxBytes: number, onBytes: () => void): AsyncGenerator<Buffer> {
  let length = 0;
  for await (const chunk of source) {
    onBytes();
    length += chunk.length;
    if (length > maxBytes) throw new BodyTooLarge(maxBytes);
    yield chunk;
  }
}

/** For one content coding (RFC 9110, section 8.4). `deflate` is read as zlib's format, which the RFC says it is. */
function decoderOf({ headers, statusCode }: IncomingMessage): Transform | null {
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  const isEmpty = statusCode === 204 || statusCode === 304 || headers['content-length'] === '0';
  if (isEmpty || coding === '' || coding === 'identity') return null;
  if (coding === 'br') return createBrotliDecompress();
  if (coding === 'gzip' || coding === 'x-gzip' || coding === 'deflate') return createUnzip();
  throw new UnknownCoding('unsupported content coding');
}
