import type { IncomingMessage } from 'node:http';
import { RequestRefused } from './refusal.ts';

/**
 * The whole body, of at most `limit` bytes, a character a byte. A length announced above the limit is believed without
 * reading, and one that was not announced is counted: no more than the limit is ever held.
 * @throws RequestRefused where it is larger, or where the client left half-way.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<string> {
  return new Promise((resolve, reject) => {
    // Made where it is needed: an error costs as much as answering from the cache.
    const refuse = () => reject(new RequestRefused(413, `The request body is over ${limit} bytes.`));
    if (Number(request.headers['content-length'] ?? 0) > limit) return refuse();
    let body = '';
    let size = 0;
    // The rest of a body that is too large is still read, and dropped: its answer can then be read by a client that
    // sends first and listens after, and the connection serves on.
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) body += chunk.toString('latin1');
      else refuse();
    });
    request.on('end', () => resolve(body));
    request.on('error', () => reject(new RequestRefused(400, 'The request body ended early.')));
  });
}
