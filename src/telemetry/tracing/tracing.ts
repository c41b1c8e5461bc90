import { SpanKind } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { readChannel } from '../../cache/index.ts';
import { executionChannel, renewalChannel, requestChannel } from '../../http/events.ts';
import { exchangeChannel } from '../../upstream/events.ts';
import { cacheReads } from './cache-reads.ts';
import type { TracingEvent } from './events.ts';
import { createExporter } from './exporter.ts';
import { renewals } from './renewals.ts';
import { traceRequests } from './request-spans.ts';
import { createSpans } from './spans.ts';
import { traceExchanges } from './upstream-exchanges.ts';

export interface Tracing {
  /** Begins no more spans, and sends those that have ended, for up to two seconds. Never rejects. */
  shutdown(): Promise<void>;
}

export interface TracingOptions {
  /** Base URL of a collector that takes OTLP over HTTP, without a slash at its end. */
  readonly endpoint: string;
  readonly serviceName: string;
  readonly serviceVersion: string;
  /** Distinguishes this process from others of the service. */
  readonly instanceId: string;
  readonly report: (event: TracingEvent) => void;
  /** Resolves after `ms`. */
  readonly sleep: (ms: number) => Promise<unknown>;
}

const SHUTDOWN_MS = 2000;
// Clients choose names and paths.
const MAX_CHARACTERS = 256;

/**
 * OpenTelemetry traces of requests and of renewals of live questions, down to the upstream, with W3C Trace Context passed
 * on. Spans are made from the tracing channels that the layers publish on, from now on until `shutdown`. They are queued
 * up to a bound; a span is lost if the queue is full or the collector rejects it, and no request waits. The sampling
 * decision of the caller's trace context is kept; without one, every trace is sampled.
 */
export function startTracing({
  endpoint,
  serviceName,
  serviceVersion,
  instanceId,
  report,
  sleep,
}: TracingOptions): Tracing {
  const provider = new TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.name': serviceName,
        'service.version': serviceVersion,
        'service.instance.id': instanceId,
      }),
    ),
    spanLimits: { attributeValueLengthLimit: MAX_CHARACTERS },
    spanProcessors: [new BatchSpanProcessor({ exporter: createExporter(endpoint, report) })],
  });
  const spans = createSpans(provider.getTracer('catalog-gateway'));
  const propagator = new W3CTraceContextPropagator();
  spans.trace(requestChannel, traceRequests(propagator));
  spans.trace(renewalChannel, renewals);
  spans.trace(executionChannel, {
    begin({ operation }, tracer, context) {
      const attributes = operation === null ? {} : { 'graphql.operation.name': operation };
      return tracer.startSpan('graphql.execute', { kind: SpanKind.INTERNAL, attributes }, context);
    },
  });
  spans.trace(readChannel, cacheReads);
  spans.trace(exchangeChannel, traceExchanges(propagator));

  return {
    async shutdown() {
      spans.stop();
      // What fails in it has been reported as traces that were lost.
      const flushed = provider.shutdown().catch(() => {});
      await Promise.race([flushed, sleep(SHUTDOWN_MS)]);
    },
  };
}
