import { describe, expect, it } from 'vitest';
import { createProcessMetrics } from '../../../src/telemetry/metrics/process-metrics.ts';

describe('process metrics', () => {
  const metrics = createProcessMetrics();

  it('include those of common Node dashboards', async () => {
    const text = await metrics.text();
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_gc_duration_seconds',
    ])
      expect(text).toContain(`# TYPE ${name} `);
  });

  it('include memory and event loop lag', () => {
    const { residentBytes, heapBytes, eventLoopLagSeconds } = metrics.snapshot();
    expect(residentBytes).toBeGreaterThan(heapBytes);
    expect(heapBytes).toBeGreaterThan(1024 * 1024);
    expect(eventLoopLagSeconds).toBeGreaterThanOrEqual(0);
  });

  it('report no lag without samples since the last reading', () => {
    metrics.snapshot();
    expect(metrics.snapshot().eventLoopLagSeconds).toBe(0);
  });
});
