import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

// What a log line and a header can hold without escaping.
const ACCEPTABLE = /^[\w.:/+=-]{1,128}$/;

/**
 * Gives each request its id: the one that the client or a proxy gave it in `X-Request-Id`, or one that no other request
 * has: that of the process, and a count.
 */
export function createRequestIds(): (request: IncomingMessage) => string {
  const process = randomUUID();
  let count = 0;
  return ({ headers }) => {
    const given = headers['x-request-id'];
    if (typeof given === 'string' && ACCEPTABLE.test(given)) return given;
    count += 1;
    return `${process}-${count.toString(36)}`;
  };
}
