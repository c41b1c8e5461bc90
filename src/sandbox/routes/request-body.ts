import type { IncomingMessage } from 'node:http';

const MAX_BYTES = 65_536;

/** The body as text, or null where it has more than 64 KiB. Rejects where the client goes away. */
export async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // What is too much is read all the same, and dropped: leaving early would break the connection off.
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= MAX_BYTES) chunks.push(chunk);
  }
  return bytes <= MAX_BYTES ? Buffer.concat(chunks).toString() : null;
}
