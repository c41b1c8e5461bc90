import { defaultTextMapGetter, ROOT_CONTEXT, SpanKind, type TextMapPropagator } from '@opentelemetry/api';
import { type RequestContext, ROUTINE_PATHS } from '../../http/events.ts';
import { markFailed, type OperationTracer } from './spans.ts';

// The methods that the semantic conventions name; the HTTP parser of Node accepts more.
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Server spans by the HTTP semantic conventions of OpenTelemetry, in the caller's trace if the request names one. */
export function traceRequests(propagator: TextMapPropagator): OperationTracer<RequestContext> {
  return {
    begin(request, tracer) {
      const { headers, method, path } = request;
      if (ROUTINE_PATHS.has(path)) return null;
      const attributes = {
        'http.request.method': METHODS.has(method) ? method : '_OTHER',
        'url.path': path,
        'url.scheme': 'http',
      };
      const parent = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
      const span = tracer.startSpan(nameOf(method), { kind: SpanKind.SERVER, attributes }, parent);
      request.traceId = span.spanContext().traceId;
      return span;
    },
    ending({ ended }, span) {
      if (!ended) return;
      const { type, method, route, status, operation, outcome } = ended;
      const aborted = type === 'request-aborted';
      if (!aborted && route !== null)
        span.updateName(`${nameOf(method)} ${route}`).setAttribute('http.route', route);
      span.setAttribute('gateway.outcome', outcome);
      if (operation !== null) span.setAttribute('graphql.operation.name', operation);
      if (aborted) span.setAttribute('error.type', 'aborted');
      else span.setAttribute('http.response.status_code', status);
      if (!aborted && status >= 500) markFailed(span, String(status));
    },
  };
}

function nameOf(method: string): string {
  return METHODS.has(method) ? method : 'HTTP';
}
