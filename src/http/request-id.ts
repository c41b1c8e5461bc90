import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

// What a log line and a header can hold without escaping.
const ACCEPTABLE = /^[\w.:/+=-]{1,128}$/;

/** The id the client or a proxy gave the request in `X-Request-Id`, or a new one; the answer carries it too. */
export function assignRequestId(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && ACCEPTABLE.test(given) ? given : randomUUID();
  response.setHeader('X-Request-Id', id);
  return id;
}
