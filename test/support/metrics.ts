import type { HttpEvent } from '../../src/http/events.ts';
import type { GatewayEvent } from '../../src/telemetry/logs/log-events.ts';
import { createMetrics, type Gauges, type Metrics } from '../../src/telemetry/metrics/metrics.ts';

/** Replaces the process metrics, which observe a process from its start to its end. */
export const idleProcess: Gauges['process'] = {
  text: async () => '',
  snapshot: () => ({ residentBytes: 1, heapBytes: 2, eventLoopLagSeconds: 0.003 }),
};

const GAUGES: Gauges = {
  cache: () => ({ entryBytes: 1000, entries: 10, flights: 1, waiters: 2, loads: 3 }),
  answers: () => ({ bytes: 2000, items: 20 }),
  redis: () => 'off',
  auth: () => ({ isOn: false, sessions: null, store: 'off' }),
  live: () => null,
  process: idleProcess,
  pollMs: 0,
};

/** Metrics that depend only on the reported events, with a clock that stands still until a test moves it. */
export function metricsOf(events: readonly GatewayEvent[] = [], gauges: Partial<Gauges> = {}) {
  const clock = { ms: 1_000_000 };
  const eventMetrics = createMetrics({ now: () => clock.ms });
  const metrics = { ...eventMetrics, ...eventMetrics.withGauges({ ...GAUGES, ...gauges }) };
  for (const event of events) metrics.report(event);
  return { metrics, clock };
}

/** The samples of the exposition text, by name with labels as written. */
export async function samplesOf(metrics: Pick<Metrics, 'text'>): Promise<Readonly<Record<string, number>>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice('catalog_gateway_'.length, at), Number(line.slice(at + 1))];
    }),
  );
}

type Ended = Extract<HttpEvent, { readonly outcome: string }>;

export function requestEvent(fields: Partial<Ended> = {}): Ended {
  return {
    type: 'request',
    requestId: 'r1',
    method: 'POST',
    path: '/graphql',
    route: '/graphql',
    status: 200,
    fromCache: false,
    operation: 'Sellers',
    outcome: 'miss',
    codes: [],
    client: null,
    staleMs: 0,
    callsAvoided: 0,
    durationMs: 3,
    ...fields,
  };
}
