import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

// Log lines and headers hold these without escaping.
const ACCEPTABLE = /^[\w.:/+=-]{1,128}$/;

/**
 * Gives each request its id: the one of the client or a proxy in `X-Request-Id`, or a unique one of the process and a
 * count.
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
