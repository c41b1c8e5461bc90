import { SpanKind } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { HttpEvent } from '../../http/events.ts';
import { ROUTINE_PATHS } from '../routine-paths.ts';
import { type CacheReads, traceReads } from './cache-reads.ts';
import type { TracingEvent } from './events.ts';
import { createExporter } from './exporter.ts';
import { type Arrival, createRequestSpans, type RequestTrace } from './request-spans.ts';
import { createSpans } from './spans.ts';
import { createTraceUpstream, type TraceUpstream } from './upstream-calls.ts';

export interface Tracing {
  /** Begins the span of a request; null if the request is not traced. */
  within(arrival: Arrival): RequestTrace | null;
  /** Ends the span of the current request when its end is reported. */
  observe(event: HttpEvent): void;
  traceExecution<T>(operation: string | null, work: () => Promise<T>): Promise<T>;
  /** The same cache, with a span around each read. */
  traceCacheReads<C extends CacheReads>(cache: C): C;
  readonly traceUpstream: TraceUpstream;
  /** Sends all ended spans, for up to two seconds. Never rejects. */
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
const MOST_CHARACTERS = 256;

/**
 * OpenTelemetry traces of requests, from the HTTP layer to the upstream, with W3C Trace Context propagation. Spans are
 * queued up to a bound; a span is lost if the queue is full or the collector rejects it, and no request waits.
 * The sampling decision of the caller's trace context is kept; without one, every request is sampled.
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
    spanLimits: { attributeValueLengthLimit: MOST_CHARACTERS },
    spanProcessors: [new BatchSpanProcessor({ exporter: createExporter(endpoint, report) })],
  });
  const spans = createSpans(provider.getTracer('catalog-gateway'));
  const propagator = new W3CTraceContextPropagator();
  const requests = createRequestSpans(spans, propagator);

  return {
    within: (arrival) => (ROUTINE_PATHS.has(arrival.path) ? null : requests.begin(arrival)),
    observe(event) {
      if (event.type !== 'request' && event.type !== 'request-aborted') return;
      requests.end({ ...event, aborted: event.type === 'request-aborted' });
    },
    traceExecution(operation, work) {
      const attributes = operation === null ? {} : { 'graphql.operation.name': operation };
      return spans.within('graphql.execute', { kind: SpanKind.INTERNAL, attributes }, work);
    },
    traceCacheReads: (cache) => traceReads(cache, spans),
    traceUpstream: createTraceUpstream(spans, propagator),
    async shutdown() {
      // Failures are already reported as lost traces.
      const flushed = provider.shutdown().catch(() => {});
      await Promise.race([flushed, sleep(SHUTDOWN_MS)]);
    },
  };
}
