import { ERROR_CODES } from '../../domain/errors.ts';
import { type HttpEvent, LABELED_PATHS, type RequestOutcome } from '../../http/events.ts';
import type { GatewayEvent } from '../logs/log-events.ts';
import { REQUEST_SECONDS } from './buckets.ts';
import type { Instruments } from './instruments.ts';
import { EXECUTORS, HOOK_REFUSALS, REQUEST_OUTCOMES } from './label-values.ts';
import { createOperationNames } from './operation-names.ts';
import { createRecentFailures } from './recent-failures.ts';
import type { StatsSnapshot } from './stats-snapshot.ts';

type Answered = Extract<HttpEvent, { readonly outcome: RequestOutcome }>;

/** Requests of clients, and refusals. */
export function createRequestMetrics({ count, histogram }: Instruments, clock: { now(): number }) {
  const operationLabel = createOperationNames();
  const requests = count('requests_total', 'GraphQL requests answered, by operation and by outcome.', {
    operation: ['anonymous', 'other'],
    outcome: REQUEST_OUTCOMES,
  });
  const durations = histogram(
    'request_duration_seconds',
    'Time from the head of a GraphQL request to the end of its response.',
    REQUEST_SECONDS,
    { outcome: REQUEST_OUTCOMES },
  );
  const avoided = count('upstream_calls_avoided_total', 'Upstream calls avoided by the caches.');
  const errors = count(
    'graphql_errors_total',
    'GraphQL responses with errors, by error code; a response counts once per code.',
    { code: ERROR_CODES },
  );
  const failures = createRecentFailures(clock);
  const aborted = count(
    'requests_aborted_total',
    'Requests whose client disconnected before the response was sent.',
  );
  const pages = count('pages_total', 'Non-GraphQL requests, including probes.', {
    path: [...LABELED_PATHS, 'other'],
  });
  const executions = count(
    'executions_total',
    'Operations executed: at once by a plan, by a plan that could wait, or by the reference executor.',
    {
      executor: EXECUTORS,
    },
  );
  const plans = count('plans_total', 'Operations compiled into execution plans.');
  const webhookRefusals = count('hook_refusals_total', 'Webhook deliveries refused, by reason.', {
    why: HOOK_REFUSALS,
  });
  const adminRefusals = count('admin_refusals_total', 'Requests with a wrong admin token.');
  const internalErrors = count('internal_errors_total', 'Internal errors of the gateway.');

  return {
    report(event: GatewayEvent) {
      switch (event.type) {
        case 'request':
          return noteAnswered(event);
        case 'request-aborted':
          return aborted.add(1);
        case 'executed':
          return executions.add(1, event.by);
        case 'plan-made':
          return plans.add(1);
        case 'hook-refused':
          return webhookRefusals.add(1, event.why);
        case 'admin-refused':
          return adminRefusals.add(1);
        case 'internal-error':
        case 'background-failed':
          return internalErrors.add(1);
      }
    },
    snapshot(): Pick<StatsSnapshot, 'requests' | 'failures' | 'aborted' | 'durations'> & {
      readonly avoided: number;
    } {
      const byOutcome = { hit: 0, stale: 0, miss: 0, bypass: 0, failed: 0, live: 0, page: pages.total() };
      for (const [[, outcome], answered] of requests.all()) byOutcome[outcome as RequestOutcome] += answered;
      return {
        requests: byOutcome,
        failures: {
          byCode: Object.fromEntries(errors.all().map(([[code = ''], responses]) => [code, responses])),
          latest: failures.latest(),
        },
        aborted: aborted.total(),
        durations: { upperBoundsSeconds: REQUEST_SECONDS, counts: durations.counts() },
        avoided: avoided.total(),
      };
    },
  };

  function noteAnswered(event: Answered): void {
    const { outcome, path, operation, codes, durationMs, callsAvoided } = event;
    if (outcome === 'page') {
      pages.add(1, LABELED_PATHS.has(path) ? path : 'other');
      return;
    }
    for (const code of codes) errors.add(1, code);
    if (outcome === 'failed') failures.note(event);
    requests.add(1, operationLabel(operation, outcome), outcome);
    durations.observe(durationMs / 1000, outcome);
    avoided.add(callsAvoided);
  }
}
