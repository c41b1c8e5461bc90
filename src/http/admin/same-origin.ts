import type { IncomingHttpHeaders } from 'node:http';
import { checkJsonContent } from '../negotiation/json-content.ts';
import { RequestRefused } from '../refusal.ts';

/**
 * Keeps other sites from having an operator's browser change something with the credentials it holds: they cannot send
 * JSON unasked, and browsers say where a request comes from (https://www.w3.org/TR/fetch-metadata/).
 * @throws RequestRefused with 415 or 403.
 */
export function checkSameOrigin(headers: IncomingHttpHeaders): void {
  checkJsonContent(headers);
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') {
    throw new RequestRefused(403, 'Cross-site requests are not allowed.', { code: 'FORBIDDEN' });
  }
}
