import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { RefusalCode } from './refusal.ts';

/** Sends JSON that is already text. */
function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: OutgoingHttpHeaders,
): void {
  const bytes = Buffer.from(text);
  response
    .writeHead(status, {
      ...headers,
      'Content-Length': bytes.length,
      'X-Content-Type-Options': 'nosniff',
    })
    .end(bytes);
}

/** Sends what is true for this moment, which no cache may keep. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  sendText(response, status, JSON.stringify(body), {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
    ...headers,
  });
}

/** An error in the form that GraphQL clients read, for a request that never became GraphQL. */
export function sendError(
  response: ServerResponse,
  status: number,
  code: RefusalCode,
  message: string,
  headers: OutgoingHttpHeaders = {},
): void {
  sendJson(response, status, { errors: [{ message, extensions: { code } }] }, headers);
}
