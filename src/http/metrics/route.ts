import type { IncomingMessage, ServerResponse } from 'node:http';
import { PATHS } from '../paths.ts';
import { sendError } from '../responses.ts';
import type { Route } from '../route.ts';

/** The served text, which is made for each request, and its media type. */
export interface MetricsSource {
  readonly text: () => Promise<string>;
  readonly contentType: string;
}

/** The page that Prometheus scrapes, beside GraphQL. */
export function createMetricsRoute(source: MetricsSource): Route {
  return {
    path: PATHS.metrics,
    serve: ({ request, response }) => serveMetrics(source, request, response),
  };
}

/** Rejects if there is no text; nothing has been sent then. */
export async function serveMetrics(
  { text, contentType }: MetricsSource,
  { method }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD')
    return sendError(response, 405, 'BAD_USER_INPUT', 'This path accepts GET only.', { Allow: 'GET, HEAD' });
  const body = Buffer.from(await text());
  response
    .writeHead(200, {
      'Content-Type': contentType,
      'Content-Length': body.length,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    })
    .end(body);
}
