import { describe, expect, it } from 'vitest';
import { createHistory } from '../../../src/telemetry/metrics/history.ts';
import { metricsOf, requestEvent } from '../../support/metrics.ts';

describe('the sample history of a process', () => {
  it('begins at its creation, so that the first counts are visible as growth', () => {
    const { metrics, clock } = metricsOf();
    const history = createHistory(metrics.sample, 600_000);
    metrics.report(requestEvent({ outcome: 'hit' }));
    clock.ms += 5000;
    history.take();
    expect(history.samples.map(({ at, requests }) => [at, requests.hit])).toEqual([
      [1_000_000, 0],
      [1_005_000, 1],
    ]);
  });

  it('keeps ten minutes', () => {
    const { metrics, clock } = metricsOf();
    const history = createHistory(metrics.sample, 600_000);
    for (let taken = 0; taken < 500; taken += 1) {
      clock.ms += 5000;
      history.take();
    }
    expect(history.samples).toHaveLength(120);
    const [first, last] = [history.samples[0], history.samples.at(-1)];
    expect((last?.at ?? 0) - (first?.at ?? 0)).toBe(595_000);
  });

  it('drops future samples after the clock is set back', () => {
    const { metrics, clock } = metricsOf();
    const history = createHistory(metrics.sample, 600_000);
    clock.ms -= 500_000;
    history.take();
    expect(history.samples.map(({ at }) => at)).toEqual([500_000]);
  });

  it('is not changed by later counts', () => {
    const { metrics } = metricsOf();
    const history = createHistory(metrics.sample, 600_000);
    const before = JSON.stringify(history.samples[0]);
    metrics.report(requestEvent());
    metrics.report({ type: 'miss', keyClass: 'sellers', count: 1 });
    expect(JSON.stringify(history.samples[0])).toBe(before);
  });
});
