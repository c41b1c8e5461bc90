import type { GatewayEvent } from '../logs/log-events.ts';
import { CALL_SECONDS, LATENESS_SECONDS } from './buckets.ts';
import { byLabel, type Instruments } from './instruments.ts';
import { FRAME_DELIVERIES, LIVE_REFUSALS, RENEWAL_RESULTS, STREAM_ENDS, TRANSPORTS } from './label-values.ts';
import type { ObservedLive } from './stats-snapshot.ts';

/** Live responses: who follows them, how often they are renewed, and how late their changes are sent. */
export function createLiveMetrics({ count, histogram, gauge }: Instruments) {
  const opened = count(
    'live_streams_opened_total',
    'Live responses that clients began to follow, by transport.',
    {
      transport: TRANSPORTS,
    },
  );
  const closed = count('live_streams_closed_total', 'Live responses that ended, by transport and by cause.', {
    transport: TRANSPORTS,
    by: STREAM_ENDS,
  });
  const refused = count(
    'live_refusals_total',
    'Live responses refused because there was no place, by reason.',
    {
      reason: LIVE_REFUSALS,
    },
  );
  const renewals = count('live_renewals_total', 'Renewals of live questions, by result.', {
    result: RENEWAL_RESULTS,
  });
  const renewalDurations = histogram(
    'live_renewal_duration_seconds',
    'Duration of renewals of live questions.',
    CALL_SECONDS,
  );
  const frames = count(
    'live_frames_total',
    'Frames of changed responses, by delivery; a replaced one took the place of one that waited for a slow client.',
    { delivery: FRAME_DELIVERIES },
  );
  const lateness = histogram(
    'live_lateness_seconds',
    'Time from the moment this process knew of a change until the system has taken the last frame of its response.',
    LATENESS_SECONDS,
  );
  gauge('live_subscribers', 'Live responses that clients follow now, by transport.', ['transport'], () =>
    TRANSPORTS.map((transport) => [[transport], subscribers()[transport]] as const),
  );

  return {
    report(event: GatewayEvent) {
      switch (event.type) {
        case 'live-opened':
          return opened.add(1, event.transport);
        case 'live-closed':
          return closed.add(1, event.transport, event.by);
        case 'live-refused':
          return refused.add(1, event.why);
        case 'live-renewed':
          renewals.add(1, event.result);
          return renewalDurations.observe(event.durationMs / 1000);
        case 'live-delivered':
          for (const delivery of FRAME_DELIVERIES) frames.add(event.frames[delivery], delivery);
          return lateness.observe(event.latenessMs / 1000);
      }
    },
    snapshot(): Omit<ObservedLive, 'questions'> {
      return {
        subscribers: subscribers(),
        renewals: byLabel(renewals),
        frames: byLabel(frames),
        refused: byLabel(refused),
        lateness: { upperBoundsSeconds: LATENESS_SECONDS, counts: lateness.counts() },
      };
    },
  };

  function subscribers(): ObservedLive['subscribers'] {
    const open = { ...byLabel<(typeof TRANSPORTS)[number]>(opened) };
    for (const [[transport], ended] of closed.all()) open[transport as keyof typeof open] -= ended;
    return open;
  }
}
