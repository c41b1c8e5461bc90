import { isKeyCursor, sleep } from '../cache/index.ts';
import type { Config } from '../config/config.ts';
import { BadUserInput } from '../domain/errors.ts';
import type { AdminGuard } from '../http/admin/guard.ts';
import type { FindKeys } from '../http/admin/keys.ts';
import type { HotKey } from '../http/admin/routes.ts';
import type { Route } from '../http/route.ts';
import { listKeyOf } from '../repository/keys.ts';
import { createPeriodicTask } from '../repository/maintenance/periodic-task.ts';
import { createHistory } from '../telemetry/metrics/history.ts';
import type { Metrics } from '../telemetry/metrics/metrics.ts';
import { VERSION } from '../version.ts';
import type { Auth } from './auth.ts';
import type { Core, Surroundings } from './core.ts';
import { createKeyListing } from './key-listing.ts';

/** The routes that only operators may use. */
export interface Operators {
  /** Null if there are no operators. */
  readonly guard: AdminGuard | null;
  readonly routes: readonly Route[];
  /** Samples metrics for the charts of the observatory until `stop`. */
  start(): void;
  stop(): Promise<void>;
}

const HISTORY_MS = 10 * 60_000;
const SAMPLE_EVERY_MS = 5000;

/** Creates the admin API and the observatory. Their code is loaded only if there are operators. */
export async function createOperators(
  config: Config,
  core: Core,
  { report }: Pick<Surroundings, 'report'>,
  metrics: Metrics,
  { signIn, sessions }: Pick<Auth, 'signIn' | 'sessions'>,
): Promise<Operators> {
  const { adminToken, adminUsers } = config;
  if (adminToken === null && adminUsers.length === 0)
    return { guard: null, routes: [], start() {}, async stop() {} };
  const [{ createAdminGuard }, { createAdminRoutes }, { createObservatory }] = await Promise.all([
    import('../http/admin/guard.ts'),
    import('../http/admin/routes.ts'),
    import('../http/observatory/observatory.ts'),
  ]);
  const identify = adminUsers.length > 0 ? (signIn?.identify ?? null) : null;
  const guard = createAdminGuard({
    ...{ adminToken, identify },
    sleep,
    report,
  });
  const history = createHistory(metrics.sample, HISTORY_MS);
  const sampling = createPeriodicTask({
    waitMs: () => SAMPLE_EVERY_MS,
    work: async () => history.take(),
    sleep,
  });
  const routes = createAdminRoutes({
    guard,
    operations: core.repository.operations,
    observe: () => ({ version: VERSION, ...metrics.snapshot() }),
    history: () => history.samples,
    hottest: (count) => hottest(core, count),
    findKeys: keyFinder(config, core),
    warm: (onProgress) => core.maintenance.warmUp.run({ onProgress }),
    sessions,
  });
  return {
    guard,
    routes: config.telemetry.observatory
      ? [...createObservatory(guard, { signIn: sessions !== null, identify }), ...routes]
      : routes,
    start: sampling.start,
    stop: sampling.stop,
  };
}

/** The lists that recent responses used most. */
function hottest({ cache }: Core, count: number): readonly HotKey[] {
  const tags = cache.hottest(count, (tag) => listKeyOf(tag) !== undefined);
  return tags.flatMap(({ tag, reads }) => {
    const name = listKeyOf(tag);
    return name === undefined ? [] : [{ reads, ...cache.inspectMemory(name) }];
  });
}

function keyFinder(config: Config, { redis }: Core): FindKeys | null {
  if (!redis) return null;
  return async ({ pattern, cursor, count, all = false }) => {
    if (cursor !== null && !isKeyCursor(cursor))
      throw new BadUserInput('Invalid cursor. Use the cursor of the previous page.');
    const { glob, has } = createKeyListing(config.cache, all);
    const page = await redis.scanPage(glob(pattern), cursor, count);
    return { ...page, keys: page.keys.filter(has) };
  };
}
