import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ProcessState } from './observation.ts';

/** What the runtime tells of this process. */
export interface ProcessMetrics {
  /** In Prometheus's text format. */
  text(): Promise<string>;
  observe(): ProcessState;
}

const RESOLUTION_MS = 20;

export interface ProcessMetricsOptions {
  /** Of the gateway. */
  readonly version?: string;
  readonly logLinesDropped?: () => number;
}

/** Watches the process from here to its end, so once is enough for it. */
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
    observe() {
      const { rss, heapUsed } = process.memoryUsage();
      // What is measured is the time between two timers, of which the resolution is no lag. It is NaN for nothing.
      const lagSeconds = Math.max(0, (delays.mean - RESOLUTION_MS * 1e6) / 1e9) || 0;
      delays.reset();
      return { residentBytes: rss, heapBytes: heapUsed, eventLoopLagSeconds: lagSeconds };
    },
  };
}
