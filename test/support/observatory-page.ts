import type { Browser } from 'playwright-core';
import { createAdminGuard } from '../../src/http/admin/guard.ts';
import { createAdminRoutes, type HotKey } from '../../src/http/admin/routes.ts';
import type { HttpEvent } from '../../src/http/events.ts';
import { createObservatory } from '../../src/http/observatory/observatory.ts';
import { createOperations, type Operations } from '../../src/repository/operations.ts';
import type { Sample } from '../../src/telemetry/metrics/history.ts';
import type { StatsSnapshot } from '../../src/telemetry/metrics/stats-snapshot.ts';
import { startCacheProcess, words } from './cache-process.ts';
import { type IsolatedPage, openIsolatedPage } from './chromium.ts';
import { startHttpLayer } from './http-layer.ts';
import { metricsOf } from './metrics.ts';

export const ADMIN_TOKEN = 'a-token-for-operators';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The statistics of a process, which a test may change. */
interface FakeStats extends Mutable<StatsSnapshot> {
  hottest: HotKey[];
}

/** The statistics of a process without any request yet, with few buckets and no hot key. */
function noTraffic(): FakeStats {
  return {
    ...metricsOf().metrics.snapshot(),
    durations: { upperBoundsSeconds: [0.001, 0.01, 0.1, 1], counts: [0, 0, 0, 0, 0] },
    held: { entryBytes: 0, answerBytes: 0, entries: 0, answers: 0 },
    process: { residentBytes: 90_000_000, heapBytes: 40_000_000, eventLoopLagSeconds: 0.001 },
    hottest: [],
  };
}

/** The observatory over HTTP. The inspector reads a real cache of words; the statistics come from the test. */
export async function startObservatory({
  operations,
  signIn = false,
}: {
  operations?: Partial<Operations>;
  signIn?: boolean;
} = {}) {
  const { cache, clock } = await startCacheProcess();
  await cache.getMany(words, [1, 2], async (ids) => new Map(ids.map((id) => [id, `word ${id}`])));
  const observation = noTraffic();
  const history: Sample[] = [];
  const events: HttpEvent[] = [];
  const guard = createAdminGuard({
    identify: null,
    adminToken: ADMIN_TOKEN,
    sleep: async () => {},
    report: (event) => events.push(event),
  });
  const gateway = await startHttpLayer(
    {},
    {
      routes: [
        ...createObservatory(guard, { signIn, identify: null }),
        ...createAdminRoutes({
          guard,
          // The entries have tags of words, which the repository would refuse.
          operations: {
            ...createOperations(cache),
            invalidate: (tags) => cache.invalidate(tags),
            ...operations,
          },
          observe: () => ({ ...observation }),
          history: () => history,
          hottest: () => observation.hottest,
          findKeys: null,
          warm: async (onProgress) => {
            onProgress({ sellers: 1, total: 2, failed: 0 });
            return { sellers: 2, total: 2, failed: 0, complete: true };
          },
          sessions: null,
        }),
      ],
    },
  );
  return { ...gateway, observation, history, cache, clock, events };
}

/** Opens the page with the token as the password, and waits for the first statistics. */
export async function openObservatory(browser: Browser, origin: string): Promise<IsolatedPage> {
  const opened = await openIsolatedPage(browser, origin);
  const { page } = opened;
  await page.context().setHTTPCredentials({ username: 'anybody', password: ADMIN_TOKEN });
  await page.goto(`${origin}/observatory`);
  await page.getByRole('status').getByText('Live').waitFor();
  return opened;
}
