import type { GatewayEvent } from '../logs/log-events.ts';
import { CALL_SECONDS } from './buckets.ts';
import type { Instruments } from './instruments.ts';
import { UPSTREAM_CODES, UPSTREAM_ROUTES, UPSTREAM_STATUSES } from './label-values.ts';
import type { StatsSnapshot } from './stats-snapshot.ts';

/** Calls to the upstream, and their results. */
export function createUpstreamMetrics({ count, histogram }: Instruments) {
  const calls = count(
    'upstream_calls_total',
    'HTTP requests to the upstream, each attempt counted; the status is "none" if no complete response arrived.',
    { route: UPSTREAM_ROUTES, status: UPSTREAM_STATUSES },
  );
  const durations = histogram(
    'upstream_call_duration_seconds',
    'Duration of HTTP requests to the upstream.',
    CALL_SECONDS,
    { route: UPSTREAM_ROUTES },
  );
  const received = count(
    'upstream_received_bytes_total',
    'Bytes of upstream response bodies, decompressed.',
    {
      route: UPSTREAM_ROUTES,
    },
  );
  const retries = count('upstream_retries_total', 'Retried upstream requests.', { route: UPSTREAM_ROUTES });
  const failures = count('upstream_failures_total', 'Upstream calls that failed after their retries.', {
    route: UPSTREAM_ROUTES,
    code: UPSTREAM_CODES,
  });

  const incomplete = count(
    'upstream_incomplete_lists_total',
    'Upstream lists whose item count differs from the stated total after a second reading.',
    { route: UPSTREAM_ROUTES },
  );

  return {
    report(event: GatewayEvent) {
      switch (event.type) {
        case 'upstream-call':
          calls.add(1, event.route, event.status === null ? 'none' : String(event.status));
          received.add(event.bytes, event.route);
          return durations.observe(event.durationMs / 1000, event.route);
        case 'upstream-list-incomplete':
          return incomplete.add(1, event.route);
        case 'upstream-retry':
          return retries.add(1, event.route);
        case 'upstream-failed':
          return failures.add(1, event.route, event.code);
      }
    },
    snapshot(): Omit<StatsSnapshot['upstream'], 'avoided'> {
      const byRoute: Record<string, number> = {};
      for (const [[route], number] of calls.all())
        if (number > 0) byRoute[route as string] = (byRoute[route as string] ?? 0) + number;
      return {
        calls: calls.total(),
        failures: failures.total(),
        retries: retries.total(),
        byRoute,
      };
    },
  };
}
