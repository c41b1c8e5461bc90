import type { Operations } from '../../repository/operations.ts';
import type { Route } from '../route.ts';
import { entriesRoute } from './entries.ts';
import type { AdminGuard } from './guard.ts';
import { guardedRoute } from './guarded-route.ts';
import { invalidationsRoute } from './invalidations.ts';
import { type FindKeys, keysRoute } from './keys.ts';
import { historyRoute, type StatsOptions, statsRoute } from './stats.ts';
import { type Warm, warmRoute } from './warm.ts';

export interface AdminOptions extends StatsOptions {
  readonly guard: AdminGuard;
  readonly operations: Operations;
  /** Null where there is no Redis. */
  readonly findKeys: FindKeys | null;
  readonly warm: Warm;
}

/** What operators ask and do over HTTP, below `/admin/`. */
export function createAdminRoutes(options: AdminOptions): readonly Route[] {
  const { guard, operations, findKeys, warm } = options;
  return [
    statsRoute(options),
    historyRoute(options),
    entriesRoute(operations),
    keysRoute(findKeys),
    invalidationsRoute(operations),
    warmRoute(warm),
  ].map((route) => guardedRoute(route, guard));
}
