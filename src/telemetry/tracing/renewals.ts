import { SpanKind } from '@opentelemetry/api';
import type { Renewal } from '../../http/events.ts';
import type { OperationTracer } from './spans.ts';

/** A span for each renewal of a live question. */
export const renewals: OperationTracer<Renewal> = {
  begin({ operation, cause, subscribers }, tracer, context) {
    const attributes = {
      ...(operation !== null && { 'graphql.operation.name': operation }),
      'live.cause': cause,
      'live.subscribers': subscribers,
    };
    return tracer.startSpan('graphql.renew', { kind: SpanKind.INTERNAL, attributes }, context);
  },
  ending({ result = 'failed' }, span) {
    span.setAttribute('live.result', result);
  },
};
