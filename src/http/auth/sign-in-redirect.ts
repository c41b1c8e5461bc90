import type { IncomingMessage, ServerResponse } from 'node:http';
import { acceptsHtml } from '../negotiation/representation.ts';
import { PATHS } from '../paths.ts';

/** Whether a person opens a page, who can sign in first. */
export function isNavigation({ method, headers }: IncomingMessage): boolean {
  return (method === 'GET' || method === 'HEAD') && acceptsHtml(headers);
}

/** Sends a person to the page to sign in, and from there back. */
export function redirectToSignIn({ url = '' }: IncomingMessage, response: ServerResponse): void {
  response
    .writeHead(303, {
      Location: `${PATHS.signIn}?next=${encodeURIComponent(url)}`,
      'Cache-Control': 'no-store',
      'Content-Length': 0,
    })
    .end();
}
