import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import { TransientFailure } from './retry.ts';

/** A body that exceeds its bound, as sent or after decompression. */
export class BodyTooLarge extends Error {
  override name = 'BodyTooLarge' as const;
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    super(`the body exceeds ${maxBytes} bytes`);
    this.maxBytes = maxBytes;
  }
}

/** An unsupported content coding, or several codings. */
class UnknownCoding extends Error {
  override name = 'UnknownCoding' as const;
  readonly code = 'ERR_CONTENT_CODING';
}

/**
 * The whole body, decompressed. `onBytes` is called for every chunk. On an error the rest is not read and the connection
 * is closed.
 * @throws BodyTooLarge, TransientFailure if all bodies together take too much memory, and errors of the connection and zlib.
 */
export type BodyReader = (
  response: IncomingMessage,
  maxBytes: number,
  onBytes: () => void,
) => Promise<Buffer>;

/**
 * Reads bodies in chunks, so that no more than the bound is kept in memory. `maxHeldBytes` bounds all bodies in progress
 * together.
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
        // Transient: memory is free again once the other bodies are read.
        if (held > maxHeldBytes)
          throw new TransientFailure('response bodies in progress use too much memory');
        chunks.push(chunk);
      }
      return Buffer.concat(chunks, length);
    } finally {
      held -= length;
      // A body that is not read to its end would keep its connection open.
      if (!response.readableEnded) response.destroy();
    }
  };
}

function unpacked(response: IncomingMessage, maxBytes: number, onBytes: () => void): AsyncIterable<Buffer> {
  const decoder = decoderOf(response);
  const sent = bounded(response, maxBytes, onBytes);
  // The decoder emits the errors of both streams.
  return decoder ? pipeline(sent, decoder, () => {}) : sent;
}

/** The compressed length is bounded too: an endless stream can decompress to nothing. */
async function* bounded(source: Readable, maxBytes: number, onBytes: () => void): AsyncGenerator<Buffer> {
  let length = 0;
  for await (const chunk of source) {
    onBytes();
    length += chunk.length;
    if (length > maxBytes) throw new BodyTooLarge(maxBytes);
    yield chunk;
  }
}

/** The decoder for one content coding (RFC 9110, section 8.4). `deflate` is the zlib format, as the RFC defines it. */
function decoderOf({ headers, statusCode }: IncomingMessage): Transform | null {
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  const isEmpty = statusCode === 204 || statusCode === 304 || headers['content-length'] === '0';
  if (isEmpty || coding === '' || coding === 'identity') return null;
  if (coding === 'br') return createBrotliDecompress();
  if (coding === 'gzip' || coding === 'x-gzip' || coding === 'deflate') return createUnzip();
  throw new UnknownCoding('unsupported content coding');
}
