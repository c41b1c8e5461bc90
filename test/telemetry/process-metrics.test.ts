import { describe, expect, it } from 'vitest';
import { createProcessMetrics } from '../../src/telemetry/metrics/process-metrics.ts';

describe('what the runtime tells of the process', () => {
  const metrics = createProcessMetrics();

  it('is what Prometheus dashboards of node ask for', async () => {
    const text = await metrics.text();
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_gc_duration_seconds',
    ])
      expect(text).toContain(`# TYPE ${name} `);
  });

  it('is its memory, and by how much its timers were late', () => {
    const { residentBytes, heapBytes, eventLoopLagSeconds } = metrics.observe();
    expect(residentBytes).toBeGreaterThan(heapBytes);
    expect(heapBytes).toBeGreaterThan(1024 * 1024);
    expect(eventLoopLagSeconds).toBeGreaterThanOrEqual(0);
  });

  it('is no lag where nothing was measured since somebody looked last', () => {
    metrics.observe();
    expect(metrics.observe().eventLoopLagSeconds).toBe(0);
  });
});
