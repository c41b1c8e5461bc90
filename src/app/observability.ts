import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { createMetricsRoute } from '../http/metrics/route.ts';
import { createMetricsServer } from '../http/metrics/server.ts';
import type { Route } from '../http/route.ts';
import type { HttpServer } from '../http/server.ts';
import type { GatewayEvent } from '../telemetry/logs/log-events.ts';
import { createMetrics, type Gauges, type Metrics } from '../telemetry/metrics/metrics.ts';
import type { Tracing } from '../telemetry/tracing/tracing.ts';
import { VERSION } from '../version.ts';

/** Logs, metrics and traces of a gateway. It is created before the parts that it observes, so that no event is missed. */
export interface Observability {
  /** Takes every event of the gateway. */
  readonly report: (event: GatewayEvent) => void;
  /** Publishes the metrics, with the gauges of a gateway that is put together. To be called once. */
  expose(gauges: Gauges): ExposedMetrics;
  /** Sends the last traces. Never rejects. */
  shutdown(): Promise<void>;
}

interface ExposedMetrics {
  readonly metrics: Metrics;
  /** `/metrics`, unless it has a port of its own. */
  readonly routes: readonly Route[];
  /** The server of that port, not listening; null without one. */
  readonly server: HttpServer | null;
}

export interface ObservabilityOptions {
  readonly config: Config['telemetry'];
  readonly clock: { now(): number };
  /** Takes every event as well: the log. */
  readonly report: (event: GatewayEvent) => void;
}

/** @throws nothing if the collector of the traces is away: that is an event. */
export async function createObservability({
  config,
  clock,
  report: log,
}: ObservabilityOptions): Promise<Observability> {
  const eventMetrics = createMetrics(clock);
  const report = (event: GatewayEvent) => {
    log(event);
    eventMetrics.report(event);
  };
  const tracing = await startTracing(config, report);
  return {
    report,
    expose(gauges) {
      const metrics = eventMetrics.withGauges(gauges);
      const hasOwnPort = config.metricsPort !== null;
      return {
        metrics,
        routes: hasOwnPort ? [] : [createMetricsRoute(metrics)],
        server: hasOwnPort ? createMetricsServer(metrics, report) : null,
      };
    },
    shutdown: async () => tracing?.shutdown(),
  };
}

async function startTracing(
  { otlpEndpoint, serviceName }: Config['telemetry'],
  report: (event: GatewayEvent) => void,
): Promise<Tracing | null> {
  if (otlpEndpoint === null) return null;
  // Loaded on demand: OpenTelemetry is most of what would be loaded at the start.
  const { startTracing } = await import('../telemetry/tracing/tracing.ts');
  return startTracing({
    endpoint: otlpEndpoint,
    serviceName,
    serviceVersion: VERSION,
    instanceId: randomUUID(),
    report,
    sleep: (ms) => setTimeout(ms, undefined, { ref: false }),
  });
}
