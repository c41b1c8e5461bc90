import { defaultTextMapSetter, SpanKind, type TextMapPropagator } from '@opentelemetry/api';
import { markFailed, type Spans } from './spans.ts';

/** One HTTP exchange with the upstream. */
interface UpstreamCall {
  /** A template, method first. */
  readonly route: string;
  readonly method: string;
  /** From 1. */
  readonly attempt: number;
}

/** Runs the call under a client span and gives it the trace context headers for the upstream. */
export type TraceUpstream = <T extends { readonly status: number }>(
  call: UpstreamCall,
  work: (headers: Record<string, string>) => Promise<T>,
) => Promise<T>;

/** Client spans by the HTTP semantic conventions, without the address and the query, which are private. */
export function createTraceUpstream(spans: Spans, propagator: TextMapPropagator): TraceUpstream {
  return ({ route, method, attempt }, work) => {
    const attributes = {
      'http.request.method': method,
      'url.template': route.slice(route.indexOf(' ') + 1),
      ...(attempt > 1 && { 'http.request.resend_count': attempt - 1 }),
    };
    return spans.within(route, { kind: SpanKind.CLIENT, attributes }, async (span) => {
      const headers = {};
      propagator.inject(spans.context(), headers, defaultTextMapSetter);
      const answer = await work(headers);
      span.setAttribute('http.response.status_code', answer.status);
      if (answer.status >= 400) markFailed(span, String(answer.status));
      return answer;
    });
  };
}
