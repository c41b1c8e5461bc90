import type { HeldEntry } from '../../repository/operations.ts';
import { sendJson } from '../responses.ts';
import type { GuardedRoute } from './guarded-route.ts';
import { withIsoInstants } from './instants.ts';

/** A key that was asked for lately. `reads` is a measure of how often, for comparing keys with each other. */
export interface HotKey {
  readonly key: string;
  readonly reads: number;
  readonly memory: HeldEntry | null;
}

export interface StatsOptions {
  /** Samples of the last minutes, oldest first. */
  readonly history: () => readonly object[];
  /** What this process has done since it started, and how it is. */
  readonly observe: () => object;
  /** The keys that were asked for most lately, most first. */
  readonly hottest: (count: number) => readonly HotKey[];
}

const HOTTEST = 20;

/** `GET /admin/stats` */
export function statsRoute({ observe, hottest }: StatsOptions): GuardedRoute {
  return {
    matches: (path) => path === '/admin/stats',
    method: 'GET',
    serve: async ({ response }) =>
      sendJson(response, 200, withIsoInstants({ ...observe(), hottest: hottest(HOTTEST) })),
  };
}

/** `GET /admin/history` */
export function historyRoute({ history }: StatsOptions): GuardedRoute {
  return {
    matches: (path) => path === '/admin/history',
    method: 'GET',
    serve: async ({ response }) => sendJson(response, 200, withIsoInstants({ samples: history() })),
  };
}
