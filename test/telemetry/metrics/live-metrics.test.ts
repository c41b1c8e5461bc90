import { expect, it } from 'vitest';
import type { GatewayEvent } from '../../../src/telemetry/logs/log-events.ts';
import { metricsOf, samplesOf } from '../../support/metrics.ts';

const EVENTS: readonly GatewayEvent[] = [
  { type: 'live-opened', transport: 'sse' },
  { type: 'live-opened', transport: 'sse' },
  { type: 'live-opened', transport: 'websocket' },
  { type: 'live-closed', transport: 'sse', by: 'slow', durationMs: 60_000 },
  { type: 'live-refused', why: 'client' },
  { type: 'live-renewed', operation: 'Sellers', result: 'changed', durationMs: 200 },
  { type: 'live-renewed', operation: 'Sellers', result: 'unchanged', durationMs: 100 },
  { type: 'live-delivered', frames: { sent: 3, waiting: 2, replaced: 1, unchanged: 0 }, latenessMs: 300 },
];

it('the metrics of live responses count streams, renewals and frames', async () => {
  const { metrics } = metricsOf(EVENTS, { live: () => ({ questions: 5, sockets: 1 }) });
  expect(await samplesOf(metrics)).toMatchObject({
    'live_subscribers{transport="sse"}': 1,
    'live_subscribers{transport="websocket"}': 1,
    'live_streams_opened_total{transport="sse"}': 2,
    'live_streams_closed_total{transport="sse",by="slow"}': 1,
    'live_refusals_total{reason="client"}': 1,
    'live_renewals_total{result="changed"}': 1,
    live_renewal_duration_seconds_sum: expect.closeTo(0.3),
    'live_frames_total{delivery="replaced"}': 1,
    live_lateness_seconds_count: 1,
    live_lateness_seconds_sum: 0.3,
    live_questions: 5,
    live_sockets: 1,
  });
  expect(metrics.snapshot().live).toMatchObject({
    subscribers: { sse: 1, websocket: 1 },
    questions: 5,
    renewals: { changed: 1, unchanged: 1, failed: 0 },
    frames: { sent: 3, waiting: 2, replaced: 1, unchanged: 0 },
    refused: { process: 0, client: 1, stopping: 0 },
  });
});

it('without live responses, their gauges are absent', async () => {
  const { metrics } = metricsOf();
  const samples = await samplesOf(metrics);
  expect(samples).not.toHaveProperty('live_questions');
  expect(samples).not.toHaveProperty('live_sockets');
  expect(metrics.snapshot().live).toBe(null);
});
