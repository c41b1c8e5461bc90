import type { HttpEvent } from '../events.ts';
import { PATHS } from '../paths.ts';
import { readTarget } from '../request-head.ts';
import { sendError, sendInternalError } from '../responses.ts';
import { serveRoute } from '../route.ts';
import { createHttpServer, type HttpServer } from '../server.ts';
import { createMetricsRoute, type MetricsSource } from './route.ts';

/** A server for the page that Prometheus scrapes, on a port of its own that clients cannot reach. */
export function createMetricsServer(source: MetricsSource, report: (event: HttpEvent) => void): HttpServer {
  const route = createMetricsRoute(source);
  return createHttpServer((request, response) => {
    if (readTarget(request)?.path !== PATHS.metrics)
      return sendError(response, 404, 'BAD_USER_INPUT', `Not found. Metrics are at ${PATHS.metrics}.`);
    serveRoute(route, { request, response }).catch((cause: unknown) => {
      report({ type: 'internal-error', cause });
      sendInternalError(response);
    });
  });
}
