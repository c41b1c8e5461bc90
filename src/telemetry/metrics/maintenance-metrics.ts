import type { RepositoryEvent } from '../../repository/events.ts';
import type { GatewayEvent } from '../logs/log-events.ts';
import type { Instruments } from './instruments.ts';
import type { ObservedPoll, ObservedWarmUp, StatsSnapshot } from './stats-snapshot.ts';

type WarmUpEvent = Extract<RepositoryEvent, { readonly sellers: number; readonly total: number }>;

/** Polls, warm-ups and refreshes before expiry. */
export function createMaintenanceMetrics({ count, gauge }: Instruments, clock: { now(): number }) {
  const polls = count('polls_total', 'Polls of the upstream, by outcome.', {
    outcome: ['baseline', 'changed', 'unchanged', 'failed'],
  });
  const changes = count('poll_changes_total', 'Changes at the source found by polls.');
  const warmUps = count('warm_ups_total', 'Warm-ups, by outcome.', { outcome: ['ended', 'failed'] });
  const keptWarm = count('kept_warm_total', 'Lists refreshed before they went stale.');
  const keepWarmFailures = count('keep_warm_failures_total', 'Lists whose refresh before expiry failed.');
  let lastPoll: ObservedPoll | null = null;
  let warmUp: ObservedWarmUp | null = null;
  gauge(
    'poll_last_success_timestamp_seconds',
    'Unix time of the last successful poll by this process.',
    [],
    () => (lastPoll ? [[[], lastPoll.at / 1000]] : []),
  );
  gauge('warm_up_sellers', 'Sellers of the last warm-up, by state.', ['state'], () => {
    if (!warmUp) return [];
    const { sellers, total, failed } = warmUp;
    return [
      [['warm'], sellers],
      [['failed'], failed],
      [['left'], total - sellers - failed],
    ];
  });

  return {
    report(event: GatewayEvent) {
      switch (event.type) {
        case 'polled': {
          const { type: _, ...poll } = event;
          polls.add(1, event.baseline ? 'baseline' : event.changes > 0 ? 'changed' : 'unchanged');
          changes.add(event.changes);
          lastPoll = { at: clock.now(), ...poll };
          return;
        }
        case 'poll-failed':
          return polls.add(1, 'failed');
        case 'warm-up-progress':
          return noteWarmUp('under-way', event);
        case 'warm-up-ended':
          warmUps.add(1, 'ended');
          return noteWarmUp('ended', event);
        case 'warm-up-failed':
          warmUps.add(1, 'failed');
          return noteWarmUp('failed', warmUp ?? { sellers: 0, total: 0, failed: 0 });
        case 'kept-warm':
          keptWarm.add(event.renewed);
          keepWarmFailures.add(event.failed);
      }
    },
    snapshot(): Pick<StatsSnapshot, 'polls' | 'warmUp'> {
      const failed = polls.all().find(([[outcome]]) => outcome === 'failed')?.[1] ?? 0;
      return { polls: { done: polls.total() - failed, failed, last: lastPoll }, warmUp };
    },
  };

  function noteWarmUp(
    state: ObservedWarmUp['state'],
    { sellers, total, failed }: Pick<WarmUpEvent, 'sellers' | 'total' | 'failed'>,
  ): void {
    warmUp = { at: clock.now(), state, sellers, total, failed };
  }
}
