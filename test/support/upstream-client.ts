import { type CatalogApi, type CatalogApiOptions, createCatalogApi } from '../../src/upstream/catalog-api.ts';
import type { UpstreamEvent } from '../../src/upstream/events.ts';
import { CATALOG_URL, CREDENTIALS, IDENTITY_URL } from './catalog-api-mock.ts';

type Type = UpstreamEvent['type'];
type Of<T extends Type> = Extract<UpstreamEvent, { type: T }>;

export interface UpstreamClient {
  readonly api: CatalogApi;
  readonly events: readonly UpstreamEvent[];
  eventsOf<T extends Type>(type: T): readonly Of<T>[];
  /** Resolves with the `nth` event of that type (from 1), even if it was reported before. */
  reported<T extends Type>(type: T, nth: number): Promise<Of<T>>;
}

/** A client of the mocked Catalog API that records its events. Its clock is Date, so fake timers move it. */
export function upstreamClient(options: Partial<CatalogApiOptions> = {}): UpstreamClient {
  const events: UpstreamEvent[] = [];
  const onReport = new Set<() => void>();
  const eventsOf = <T extends Type>(type: T) => events.filter((event): event is Of<T> => event.type === type);
  const api = createCatalogApi({
    catalogUrl: CATALOG_URL,
    identityUrl: IDENTITY_URL,
    credentials: CREDENTIALS,
    timeZone: 'UTC',
    pageSize: 1000,
    concurrency: 8,
    deadlineMs: 30_000,
    report: (event) => {
      events.push(event);
      for (const check of onReport) check();
    },
    clock: { now: () => Date.now(), monotonic: () => Date.now() },
    random: () => 0,
    ...options,
  });
  return {
    api,
    events,
    eventsOf,
    reported: (type, nth) =>
      new Promise((resolve) => {
        const check = () => {
          const event = eventsOf(type)[nth - 1];
          if (event === undefined) return;
          onReport.delete(check);
          resolve(event);
        };
        onReport.add(check);
        check();
      }),
  };
}
