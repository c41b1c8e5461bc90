import { defaultTextMapSetter, SpanKind, type TextMapPropagator } from '@opentelemetry/api';
import type { UpstreamExchange } from '../../upstream/events.ts';
import { markFailed, type OperationTracer } from './spans.ts';

/**
 * Client spans by the HTTP semantic conventions, without the address and the query. The headers by which the upstream
 * continues the trace are added to the request.
 */
export function traceExchanges(propagator: TextMapPropagator): OperationTracer<UpstreamExchange> {
  return {
    begin({ route, method, attempt }, tracer, context) {
      const attributes = {
        'http.request.method': method,
        'url.template': route.slice(route.indexOf(' ') + 1),
        ...(attempt > 1 && { 'http.request.resend_count': attempt - 1 }),
      };
      return tracer.startSpan(route, { kind: SpanKind.CLIENT, attributes }, context);
    },
    begun({ headers }, context) {
      propagator.inject(context, headers, defaultTextMapSetter);
    },
    ending({ result }, span) {
      if (!result) return;
      span.setAttribute('http.response.status_code', result.status);
      if (result.status >= 400) markFailed(span, String(result.status));
    },
  };
}
