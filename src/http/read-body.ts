import type { IncomingMessage } from 'node:http';

/** The whole body, or `too-large` as soon as that is known, or `cut` where the client left half-way. */
export type Body = Buffer | 'too-large' | 'cut';

/**
 * Reads a body of at most `limit` bytes. A length announced above the limit is believed without reading, and one
 * that was not announced is counted: no more than the limit is ever held.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Body> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return 'too-large';
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) resolve('too-large');
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => resolve('cut'));
    request.on('close', () => resolve('cut'));
  });
}
