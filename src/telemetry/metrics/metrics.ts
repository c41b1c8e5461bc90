import { Registry } from 'prom-client';
import type { GatewayEvent } from '../logs/log-events.ts';
import { createAuthMetrics } from './auth-metrics.ts';
import { createCacheMetrics } from './cache-metrics.ts';
import type { Sample } from './history.ts';
import { createInstruments } from './instruments.ts';
import { createInvalidationMetrics } from './invalidation-metrics.ts';
import { createLiveMetrics } from './live-metrics.ts';
import { createMaintenanceMetrics } from './maintenance-metrics.ts';
import type { ProcessMetrics } from './process-metrics.ts';
import { createRequestMetrics } from './request-metrics.ts';
import type { AuthState, RedisState, StatsSnapshot } from './stats-snapshot.ts';
import { createUpstreamMetrics } from './upstream-metrics.ts';

/** State of the process that can be read at any time and that no event reports. */
export interface Gauges {
  readonly cache: () => {
    readonly entryBytes: number;
    readonly entries: number;
    readonly flights: number;
    readonly waiters: number;
    readonly loads: number;
  };
  /** Size of the response cache. */
  readonly answers: () => { readonly bytes: number; readonly items: number };
  readonly redis: () => RedisState;
  readonly auth: () => AuthState;
  /** Null without live responses. */
  readonly live: () => { readonly questions: number; readonly sockets: number } | null;
  readonly process: ProcessMetrics;
  /** Interval between polls of the upstream; 0 if polling is off. */
  readonly pollMs: number;
}

/** Counts events from its creation on. */
export interface EventMetrics {
  report(event: GatewayEvent): void;
  /** The same metrics with the gauges of a gateway, to be called once. */
  withGauges(gauges: Gauges): Metrics;
}

export interface Metrics {
  /** All metrics in the Prometheus text format, with the media type `contentType`. */
  text(): Promise<string>;
  readonly contentType: string;
  snapshot(): StatsSnapshot;
  /** The part of a snapshot that the charts of the past need. */
  sample(): Sample;
}

/** Names, units and labels follow https://prometheus.io/docs/practices/naming/. */
export function createMetrics(clock: { now(): number }): EventMetrics {
  const registry = new Registry();
  const instruments = createInstruments(registry);
  const requests = createRequestMetrics(instruments, clock);
  const cache = createCacheMetrics(instruments, clock);
  const upstream = createUpstreamMetrics(instruments);
  const invalidations = createInvalidationMetrics(instruments, clock);
  const maintenance = createMaintenanceMetrics(instruments, clock);
  const auth = createAuthMetrics(instruments);
  const live = createLiveMetrics(instruments);
  const startedAt = clock.now();

  return {
    report(event) {
      requests.report(event);
      cache.report(event);
      upstream.report(event);
      invalidations.report(event);
      maintenance.report(event);
      auth.report(event);
      live.report(event);
    },
    withGauges(gauges) {
      registerGauges(instruments, gauges);
      return {
        text: async () => `${await registry.metrics()}\n${await gauges.process.text()}`,
        contentType: registry.contentType,
        snapshot() {
          const { entryBytes, entries } = gauges.cache();
          const { bytes: answerBytes, items: answers } = gauges.answers();
          return {
            ...eventSnapshot(),
            redis: gauges.redis(),
            held: { entryBytes, answerBytes, entries, answers },
            process: gauges.process.snapshot(),
            ...invalidations.snapshot(),
            ...maintenance.snapshot(),
            auth: authSnapshot(gauges),
            live: liveSnapshot(gauges),
          };
        },
        sample() {
          const { at, requests, durations, lookups, upstream, stale } = eventSnapshot();
          return {
            at,
            startedAt,
            requests,
            durations,
            lookups,
            upstream,
            stale,
            auth: authSnapshot(gauges),
            live: liveSnapshot(gauges),
          };
        },
      };
    },
  };

  function liveSnapshot(gauges: Gauges): StatsSnapshot['live'] {
    const state = gauges.live();
    return state && { questions: state.questions, ...live.snapshot() };
  }

  function authSnapshot(gauges: Gauges): StatsSnapshot['auth'] {
    const { isOn, ...state } = gauges.auth();
    if (!isOn) return null;
    const { UNAUTHENTICATED = 0, SESSION_UNAVAILABLE = 0 } = requests.snapshot().failures.byCode;
    const refused = { unauthenticated: UNAUTHENTICATED, unavailable: SESSION_UNAVAILABLE };
    return { ...state, ...auth.snapshot(), refused };
  }

  function eventSnapshot() {
    const { avoided, ...asked } = requests.snapshot();
    return {
      at: clock.now(),
      startedAt,
      ...asked,
      ...cache.snapshot(),
      upstream: { ...upstream.snapshot(), avoided },
    };
  }
}

function registerGauges(
  { gauge }: ReturnType<typeof createInstruments>,
  { cache, answers, redis, auth, live, pollMs }: Gauges,
) {
  gauge('redis_up', '1 if Redis is up, 0 if it is down; absent if no Redis is configured.', [], () => {
    const state = redis();
    return state === 'off' ? [] : [[[], state === 'up' ? 1 : 0]];
  });
  gauge(
    'session_store_up',
    '1 if the Redis of sessions and limits is up, 0 if it is down; absent without such a Redis.',
    [],
    () => {
      const { store } = auth();
      return store === 'off' ? [] : [[[], store === 'up' ? 1 : 0]];
    },
  );
  gauge('sessions_known', 'Sessions in the memory of this process; absent without sessions.', [], () => {
    const { sessions } = auth();
    return sessions ? [[[], sessions.known]] : [];
  });
  gauge(
    'sign_outs_pending',
    'Sign-outs that this process keeps until Redis replies; absent without sessions.',
    [],
    () => {
      const { sessions } = auth();
      return sessions ? [[[], sessions.pending]] : [];
    },
  );
  gauge(
    'live_questions',
    'Live questions with subscribers; absent if live responses are turned off.',
    [],
    () => {
      const state = live();
      return state ? [[[], state.questions]] : [];
    },
  );
  gauge('live_sockets', 'Open WebSockets; absent if live responses are turned off.', [], () => {
    const state = live();
    return state ? [[[], state.sockets]] : [];
  });
  gauge(
    'poll_interval_seconds',
    'Configured interval between polls of the upstream; absent if polling is off.',
    [],
    () => (pollMs > 0 ? [[[], pollMs / 1000]] : []),
  );
  gauge('held_bytes', 'Approximate memory used by the caches, in bytes.', ['store'], () => [
    [['entries'], cache().entryBytes],
    [['answers'], answers().bytes],
  ]);
  gauge('held_items', 'Entries and responses held in memory.', ['store'], () => [
    [['entries'], cache().entries],
    [['answers'], answers().items],
  ]);
  gauge('flights', 'Single-flight reads and loads in progress in this process, by key.', [], () => [
    [[], cache().flights],
  ]);
  gauge('waiters', 'Keys for which this process waits while another process loads them.', [], () => [
    [[], cache().waiters],
  ]);
  gauge('loads_under_way', 'Keys that this process is loading.', [], () => [[[], cache().loads]]);
}
