import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { createMetricsRoute } from '../http/metrics/metrics-page.ts';
import { createMetricsServer } from '../http/metrics/metrics-server.ts';
import type { Route } from '../http/route.ts';
import type { HttpServer } from '../http/server.ts';
import type { GatewayEvent } from '../telemetry/logs/log-events.ts';
import { createMetrics, type Gauges, type Metrics } from '../telemetry/metrics/metrics.ts';
import type { Tracing } from '../telemetry/tracing/tracing.ts';
import { VERSION } from '../version.ts';

/** How a gateway is watched, beside its log. */
export interface Watch {
  /** Takes every event of the gateway. */
  readonly report: (event: GatewayEvent) => void;
  readonly metrics: Metrics;
  /** Null where there is no collector. */
  readonly tracing: Tracing | null;
  /** `/metrics`, where that has no port of its own. */
  readonly routes: readonly Route[];
  /** Its own port's server, not listening; null where it has none. */
  readonly server: HttpServer | null;
}

export interface WatchOptions {
  readonly config: Config['telemetry'];
  readonly gauges: Gauges;
  readonly clock: { now(): number };
  /** Where events go beside the metrics. */
  readonly report: (event: GatewayEvent) => void;
}

export async function createWatch(options: WatchOptions): Promise<Watch> {
  const { otlpEndpoint, serviceName, metricsPort } = options.config;
  const metrics = createMetrics(options);
  const report = (event: GatewayEvent) => {
    options.report(event);
    metrics.report(event);
  };
  const tracing =
    otlpEndpoint === null
      ? null
      : // Loaded only where it is asked for: it is most of what would be loaded at the start.
        (await import('../telemetry/tracing/tracing.ts')).startTracing({
          endpoint: otlpEndpoint,
          serviceName,
          serviceVersion: VERSION,
          instanceId: randomUUID(),
          report,
          sleep: (ms) => setTimeout(ms, undefined, { ref: false }),
        });
  return {
    metrics,
    tracing,
    report: tracing
      ? (event) => {
          report(event);
          tracing.observe(event as Parameters<Tracing['observe']>[0]);
        }
      : report,
    routes: metricsPort === null ? [createMetricsRoute(metrics)] : [],
    server: metricsPort === null ? null : createMetricsServer(metrics, report),
  };
}
