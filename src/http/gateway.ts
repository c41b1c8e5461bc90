import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import { acceptsHtml } from './accept.ts';
import { INTERNAL_MESSAGE } from './errors.ts';
import { createGraphiql } from './graphiql.ts';
import { createGraphql, GRAPHQL_PATH, type GraphqlOptions } from './graphql.ts';
import { requestIdOf } from './request-id.ts';
import { sendError, sendJson } from './responses.ts';

export interface GatewayOptions extends GraphqlOptions {
  readonly graphiql: boolean;
  /** Origins whose pages may read answers; none where empty. */
  readonly corsOrigins: readonly string[];
  /** What `/readyz` tells, and whether that means yes. */
  readonly readiness: () => { readonly ready: boolean } & Readonly<Record<string, unknown>>;
}

/** What is known of a request before its end. */
interface Progress {
  fromCache: boolean;
}

/** Everything the gateway serves over HTTP, by path. */
export function createGateway(
  options: GatewayOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { graphiql, corsOrigins, readiness, clock, report } = options;
  const serveGraphql = createGraphql(options);
  const serveGraphiql = graphiql ? createGraphiql() : undefined;
  const allowOrigins = corsOrigins.length > 0 ? createCors(corsOrigins) : undefined;

  return (request, response) => {
    const { url = '/' } = request;
    const path = url === GRAPHQL_PATH ? url : (url.split('?', 1)[0] ?? '/');
    const requestId = requestIdOf(request);
    const progress = { fromCache: false };
    reportEnd(request, response, path, requestId, progress);
    const route = () => {
      serve(path, request, response, requestId, progress).catch((cause: unknown) => {
        report({ type: 'internal-error', cause });
        if (response.headersSent) response.destroy();
        else sendError(response, 500, 'INTERNAL_SERVER_ERROR', INTERNAL_MESSAGE);
      });
    };
    if (allowOrigins) allowOrigins(request, response, route);
    else route();
  };

  async function serve(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    progress: Progress,
  ): Promise<void> {
    if (path === GRAPHQL_PATH && !(serveGraphiql && wantsPage(request))) {
      progress.fromCache = await serveGraphql(request, response, requestId);
      return;
    }
    response.setHeader('X-Request-Id', requestId);
    switch (path) {
      case GRAPHQL_PATH:
        return serveGraphiql?.(request, response);
      case '/healthz':
        return sendJson(response, 200, { status: 'alive' });
      case '/readyz': {
        const state = readiness();
        return sendJson(response, state.ready ? 200 : 503, state);
      }
      case '/':
        if (!serveGraphiql) break;
        response.writeHead(302, { Location: GRAPHQL_PATH }).end();
        return;
    }
    return sendError(
      response,
      404,
      'BAD_USER_INPUT',
      `There is nothing here. GraphQL is at ${GRAPHQL_PATH}.`,
    );
  }

  function reportEnd(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    requestId: string,
    progress: Progress,
  ): void {
    const method = request.method ?? '';
    const beganAt = clock.monotonic();
    response.on('close', () => {
      report({
        type: response.writableFinished ? 'request' : 'request-aborted',
        requestId,
        method,
        path,
        status: response.statusCode,
        fromCache: progress.fromCache,
        durationMs: clock.monotonic() - beganAt,
      });
    });
  }
}

/** Whether a browser asks for a page, and not a client for data. */
function wantsPage({ method, headers }: IncomingMessage): boolean {
  return (method === 'GET' || method === 'HEAD') && acceptsHtml(headers);
}

function createCors(origins: readonly string[]) {
  return cors({
    origin: [...origins],
    methods: ['GET', 'POST'],
    exposedHeaders: ['X-Request-Id', 'ETag', 'Age', 'Cache-Status'],
    maxAge: 600,
  });
}
