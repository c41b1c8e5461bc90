import type { IncomingHttpHeaders } from 'node:http';
import { crossSite } from '../refusal.ts';
import { isSameOrigin } from './same-origin.ts';

/**
 * Keeps pages of other sites from using the cookie of a browser, or the token that a proxy adds. A navigation is
 * accepted: the page that caused it cannot read the response. Programs send neither header.
 * @throws RequestRefused with 403.
 */
export function checkSite(headers: IncomingHttpHeaders, allowedOrigins: ReadonlySet<string>): void {
  const { origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
  if (origin === undefined && (site === undefined || site === 'none' || mode === 'navigate')) return;
  if (isSameOrigin(headers) || (origin !== undefined && allowedOrigins.has(origin))) return;
  throw crossSite();
}
