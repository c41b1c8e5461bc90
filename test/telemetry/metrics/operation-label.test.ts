import { describe, expect, it } from 'vitest';
import type { GatewayEvent } from '../../../src/telemetry/logs/log-events.ts';
import { metricsOf, requestEvent, samplesOf } from '../../support/metrics.ts';

describe('the operation label', () => {
  const seriesOf = async (events: readonly GatewayEvent[]) =>
    Object.entries(await samplesOf(metricsOf(events).metrics))
      .filter(([name, count]) => name.startsWith('requests_total') && count > 0)
      .map(([name]) => name);

  it('has at most a hundred names, whatever names clients choose', async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `Op${index}`);
    const events = [...names, null].map((operation) => requestEvent({ operation }));
    const series = await seriesOf(events);
    expect(series).toHaveLength(102);
    expect(series).toContain('requests_total{operation="Op99",outcome="miss"}');
    expect(series).not.toContain('requests_total{operation="Op100",outcome="miss"}');
  });

  it('is not assigned to failed requests', async () => {
    const refused = Array.from({ length: 1000 }, (_, index) =>
      requestEvent({ operation: `Guess${index}`, outcome: 'failed' }),
    );
    expect(await seriesOf([...refused, requestEvent(), requestEvent({ outcome: 'failed' })])).toEqual([
      'requests_total{operation="other",outcome="failed"}',
      'requests_total{operation="Sellers",outcome="miss"}',
      'requests_total{operation="Sellers",outcome="failed"}',
    ]);
  });
});
