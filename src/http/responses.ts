import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { ErrorCode } from '../domain/errors.ts';

/** A GraphQL response before content negotiation. */
export interface GraphqlResponse {
  readonly status: number;
  /** JSON in UTF-8. */
  readonly bytes: Buffer;
  /** Headers beside the media type and the length, such as `Allow`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The codes of its errors, each once. Empty for a response without errors. */
  readonly codes: readonly ErrorCode[];
  /** Whether a query ran to its end without an error. No other response may be cached. */
  readonly complete: boolean;
}

/** The only message that a client gets for an internal error. */
export const INTERNAL_MESSAGE = 'Internal server error.';

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

/** Sends a momentary state, which no cache may store. */
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
  code: ErrorCode,
  message: string,
  headers: OutgoingHttpHeaders = {},
): void {
  sendJson(response, status, { errors: [{ message, extensions: { code } }] }, headers);
}

export function sendInternalError(response: ServerResponse): void {
  sendError(response, 500, 'INTERNAL_SERVER_ERROR', INTERNAL_MESSAGE);
}
