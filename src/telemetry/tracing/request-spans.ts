import type { IncomingHttpHeaders } from 'node:http';
import { defaultTextMapGetter, ROOT_CONTEXT, SpanKind, type TextMapPropagator } from '@opentelemetry/api';
import { markFailed, type Spans } from './spans.ts';

/** A request whose head was read. */
export interface Arrival {
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  /** Without the query string. */
  readonly path: string;
}

/** A request's part of a trace. */
export interface RequestTrace {
  readonly traceId: string;
  /** Runs work under the request's span. */
  run(work: () => void): void;
}

/** How a request ended. */
interface Departure {
  /** Whether the client disconnected before the response was sent. */
  readonly aborted: boolean;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly operation: string | null;
  readonly outcome: string;
}

export interface RequestSpans {
  begin(arrival: Arrival): RequestTrace;
  /** Ends the span of the caller's request, if there is one. */
  end(departure: Departure): void;
}

// The methods that the semantic conventions name; the HTTP parser of Node accepts more.
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Server spans by the HTTP semantic conventions of OpenTelemetry, in the caller's trace if the request names one. */
export function createRequestSpans(spans: Spans, propagator: TextMapPropagator): RequestSpans {
  return {
    begin({ headers, method, path }) {
      const attributes = {
        'http.request.method': METHODS.has(method) ? method : '_OTHER',
        'url.path': path,
        'url.scheme': 'http',
      };
      const parent = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
      const { span, run } = spans.begin(nameOf(method), { kind: SpanKind.SERVER, attributes }, parent);
      return { traceId: span.spanContext().traceId, run };
    },
    end({ aborted, method, path, status, operation, outcome }) {
      const span = spans.active();
      if (!span) return;
      if (!aborted && isServed(method, status)) {
        const route = routeOf(path);
        span.updateName(`${nameOf(method)} ${route}`).setAttribute('http.route', route);
      }
      span.setAttribute('gateway.outcome', outcome);
      if (operation !== null) span.setAttribute('graphql.operation.name', operation);
      if (aborted) span.setAttribute('error.type', 'aborted');
      else span.setAttribute('http.response.status_code', status);
      if (!aborted && status >= 500) markFailed(span, String(status));
      span.end();
    },
  };
}

/** Whether the path exists. Arbitrary paths, which 404s and preflights have, must not become route names. */
function isServed(method: string, status: number): boolean {
  return status !== 404 && method !== 'OPTIONS';
}

function nameOf(method: string): string {
  return METHODS.has(method) ? method : 'HTTP';
}

/** Segments after the second name a single resource, such as a cache key. */
function routeOf(path: string): string {
  const [, first = '', second, ...rest] = path.split('/');
  return `/${first}${second === undefined ? '' : `/${second}`}${rest.length > 0 ? '/*' : ''}`;
}
