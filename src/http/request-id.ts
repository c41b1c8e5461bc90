import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

// What a log line and a header can hold without escaping.
const ACCEPTABLE = /^[\w.:/+=-]{1,128}$/;

/** The id the client or a proxy gave the request in `X-Request-Id`, or a new one. The answer carries it too. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && ACCEPTABLE.test(given) ? given : randomUUID();
}
