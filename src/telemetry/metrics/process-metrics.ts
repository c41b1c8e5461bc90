import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ProcessState } from './stats-snapshot.ts';

/** Metrics of the runtime for this process. */
export interface ProcessMetrics {
  /** In the Prometheus text format. */
  text(): Promise<string>;
  snapshot(): ProcessState;
}

const RESOLUTION_MS = 20;

export interface ProcessMetricsOptions {
  /** Version of the gateway. */
  readonly version?: string;
  readonly logLinesDropped?: () => number;
}

/** Observes the process from now until it exits; create it once per process. */
export function createProcessMetrics({
  version = 'unknown',
  logLinesDropped = () => 0,
}: ProcessMetricsOptions = {}): ProcessMetrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  new Gauge({
    name: 'catalog_gateway_build_info',
    help: 'Always 1; the labels are the versions of the gateway and of Node.',
    labelNames: ['version', 'node'],
    registers: [register],
  }).set({ version, node: process.versions.node }, 1);
  new Counter({
    name: 'catalog_gateway_log_lines_dropped_total',
    help: 'Log lines dropped because standard output did not accept them.',
    registers: [register],
    collect() {
      this.reset();
      this.inc(logLinesDropped());
    },
  });
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  return {
    text: () => register.metrics(),
    snapshot() {
      const { rss, heapUsed } = process.memoryUsage();
      // The mean is the time between two timers, which includes the resolution. It is NaN without any sample.
      const lagSeconds = Math.max(0, (delays.mean - RESOLUTION_MS * 1e6) / 1e9) || 0;
      delays.reset();
      return { residentBytes: rss, heapBytes: heapUsed, eventLoopLagSeconds: lagSeconds };
    },
  };
}
