import type { CatalogApi } from '../upstream/catalog-api.ts';
import type { UpstreamEvent } from '../upstream/events.ts';

/** The cost of one kind of page at the upstream. Times are wall-clock milliseconds. */
export interface PageCost {
  readonly page: string;
  readonly rounds: number;
  readonly callsARound: number;
  readonly medianMs: number;
  readonly slowestMs: number;
  readonly failedCalls: number;
  /** Bytes that the upstream sends for it, and bytes of the projection. */
  readonly kilobytesSent: number;
  readonly kilobytesKept: number;
}

export interface UpstreamBenchOptions {
  readonly api: CatalogApi;
  /** Returns the upstream events since the last call. */
  readonly takeEvents: () => readonly UpstreamEvent[];
  readonly clock: { monotonic(): number };
  readonly rounds: number;
  readonly onRound: (done: number, total: number) => void;
}

const SELLERS_A_PAGE = 25;

/** Loads the data of pages from the upstream without any cache, one call after the other. */
export async function benchUpstream(options: UpstreamBenchOptions): Promise<readonly PageCost[]> {
  const { api, takeEvents, clock, rounds, onRound } = options;
  const sellers = await api.sellers();
  const ids = sellers.slice(0, SELLERS_A_PAGE).map(({ id }) => id);
  const [first = 0] = ids;
  const pages: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['all sellers', () => api.sellers()],
    ['one seller', () => api.seller(first)],
    [`catalogs of ${ids.length} sellers`, async () => [...(await api.catalogsOf(ids)).values()]],
    ['catalogs of one seller', async () => [...(await api.catalogsOf([first])).values()]],
  ];
  const costs: PageCost[] = [];
  for (const [page, ask] of pages) {
    const times: number[] = [];
    let kept = 0;
    takeEvents();
    for (let round = 0; round < rounds; round += 1) {
      const startedAt = clock.monotonic();
      kept = JSON.stringify(await ask()).length;
      times.push(clock.monotonic() - startedAt);
      onRound(costs.length * rounds + round + 1, pages.length * rounds);
    }
    const calls = takeEvents().filter((event) => event.type === 'upstream-call');
    const sent = calls.reduce((sum, { bytes }) => sum + bytes, 0) / rounds;
    times.sort((a, b) => a - b);
    costs.push({
      page,
      rounds,
      callsARound: calls.length / rounds,
      medianMs: Math.round(times[Math.floor(times.length / 2)] ?? 0),
      slowestMs: Math.round(times.at(-1) ?? 0),
      failedCalls: calls.filter(({ status }) => status === null || status >= 400).length,
      kilobytesSent: round1(sent / 1000),
      kilobytesKept: round1(kept / 1000),
    });
  }
  return costs;
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
