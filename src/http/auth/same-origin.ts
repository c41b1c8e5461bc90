import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/**
 * Whether a page of this origin sent the request. Browsers say so themselves (https://www.w3.org/TR/fetch-metadata/); those
 * that do not, as on plain HTTP, send an Origin. Only its host is compared: behind a proxy the scheme is unknown.
 */
export function isSameOrigin({ host, origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  if (site !== undefined) return site === 'same-origin';
  const [, sender] = /^https?:\/\/([^/]+)$/i.exec(origin ?? '') ?? [];
  return sender !== undefined && sender.toLowerCase() === host?.toLowerCase();
}

/** Whether a page of this origin, a program, or a person who opens a page sent the request. */
export function isOwnRequest({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  const { origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
  const isNavigation = mode === 'navigate' && (method === 'GET' || method === 'HEAD');
  if (origin === undefined && (site === undefined || site === 'none' || isNavigation)) return true;
  return isSameOrigin(headers);
}
