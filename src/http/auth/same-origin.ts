import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a page of this origin sent the request. Browsers say so themselves (https://www.w3.org/TR/fetch-metadata/); those
 * that do not, as on plain HTTP, send an Origin. Only its host is compared: behind a proxy the scheme is unknown.
 */
export function isSameOrigin({ host, origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  if (site !== undefined) return site === 'same-origin';
  const [, sender] = /^https?:\/\/([^/]+)$/i.exec(origin ?? '') ?? [];
  return sender !== undefined && sender.toLowerCase() === host?.toLowerCase();
}
