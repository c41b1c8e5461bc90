import { describe, expect, it } from 'vitest';
import { createOutput } from '../../src/cli/output.ts';
import { summaryOf } from '../../src/cli/stats-summary.ts';
import { withIsoInstants } from '../../src/http/admin/routes.ts';
import { metricsOf, requestEvent } from '../support/metrics.ts';

function shown(stats: Readonly<Record<string, unknown>>): string {
  let text = '';
  createOutput(false, {
    write: (more: string) => {
      text += more;
    },
  }).facts(stats, summaryOf(stats));
  return text;
}

describe('the statistics of a gateway on a terminal', () => {
  const { metrics } = metricsOf([
    requestEvent({ outcome: 'miss', durationMs: 120 }),
    requestEvent({ outcome: 'hit', fromCache: true, durationMs: 1 }),
    { type: 'hit-memory', keyClass: 'catalogs', count: 123_456_789 },
    { type: 'hit-redis', keyClass: 'filteredCatalogs', count: 123_456_789 },
    {
      type: 'invalidated',
      tags: Array(20).fill('seller:123456789'),
      known: 1,
      source: 'webhook',
      durationMs: 4,
    },
  ]);
  const key = `cat_v1.00000000:{catalogs_seller_${'1'.repeat(100)}}`;
  const snapshot = withIsoInstants(metrics.snapshot());
  const stats = { ...snapshot, hottest: Array.from({ length: 20 }, () => ({ key, reads: 1 })) };

  it('are a summary that fits a screen', () => {
    const lines = shown(stats).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(lines.length).toBeLessThan(60);
  });

  it('show the hit ratio, the latency and the time', () => {
    const text = shown(stats);
    expect(text).toContain('50.0 %');
    expect(text).toContain('hit 1, stale 0, miss 1');
    expect(text).toContain('1970-01-01T00:16:40.000Z');
    expect(text).not.toContain('upper bounds');
  });

  it('are complete in JSON', () => {
    let text = '';
    createOutput(true, {
      write: (more: string) => {
        text += more;
      },
    }).facts(stats, summaryOf(stats));
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(stats)));
  });

  it('are shown unchanged if they come from Redis', () => {
    const redis = { redis: { nodes: 1 }, keys: { sellers: 1 } };
    expect(summaryOf(redis)).toBe(redis);
  });
});
