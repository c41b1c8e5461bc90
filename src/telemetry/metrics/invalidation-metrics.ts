import type { GatewayEvent } from '../logs/log-events.ts';
import { CALL_SECONDS, REDIS_SECONDS } from './buckets.ts';
import type { Instruments } from './instruments.ts';
import { INVALIDATION_SOURCES } from './label-values.ts';
import type { ObservedInvalidation, ObservedSignals, StatsSnapshot } from './stats-snapshot.ts';

const MAX_REMEMBERED = 50;
const MAX_TAGS_SHOWN = 20;

/** Invalidations by source, and change signals. */
export function createInvalidationMetrics({ count, histogram }: Instruments, clock: { now(): number }) {
  const invalidations = count(
    'invalidations_total',
    'Invalidations, by source and by whether Redis acknowledged them.',
    { source: INVALIDATION_SOURCES, acknowledged: ['true', 'false'] },
  );
  const durations = histogram(
    'invalidation_duration_seconds',
    'Time from an invalidation to its acknowledgement.',
    REDIS_SECONDS,
    { source: INVALIDATION_SOURCES },
  );
  const deliveries = count('signal_deliveries_total', 'Webhook deliveries accepted.');
  const taken = count('signals_total', 'Change signals accepted.');
  const refused = count('signals_refused_total', 'Change signals that could not be parsed.');
  const latency = histogram(
    'signal_latency_seconds',
    'Time from a change at the source to the acknowledgement of its signal.',
    CALL_SECONDS,
  );
  const recent: ObservedInvalidation[] = [];
  let lastSignals: ObservedSignals | null = null;

  return {
    report(event: GatewayEvent) {
      switch (event.type) {
        case 'invalidated':
          durations.observe(event.durationMs / 1000, event.source);
          return remember(event, event.source, {
            acknowledged: true,
            known: event.known,
            durationMs: event.durationMs,
          });
        case 'invalidation-failed':
          return remember(event, event.source, { acknowledged: false, known: null, durationMs: null });
        case 'signals-taken': {
          const { type: _, ...signals } = event;
          deliveries.add(1);
          taken.add(event.taken);
          refused.add(event.refused);
          // The clock of the source may be ahead of this one.
          latency.observe(Math.max(0, event.latencyMs) / 1000);
          lastSignals = { at: clock.now(), ...signals };
        }
      }
    },
    snapshot(): Pick<StatsSnapshot, 'invalidations' | 'signals'> {
      return {
        invalidations: recent.toReversed(),
        signals: {
          deliveries: deliveries.total(),
          taken: taken.total(),
          refused: refused.total(),
          last: lastSignals,
        },
      };
    },
  };

  function remember(
    { tags }: Pick<ObservedInvalidation, 'tags'>,
    source: ObservedInvalidation['source'],
    ended: Pick<ObservedInvalidation, 'acknowledged' | 'known' | 'durationMs'>,
  ): void {
    invalidations.add(1, source, String(ended.acknowledged));
    const shown = tags.slice(0, MAX_TAGS_SHOWN);
    recent.push({ at: clock.now(), source, tags: shown, tagCount: tags.length, ...ended });
    if (recent.length > MAX_REMEMBERED) recent.shift();
  }
}
