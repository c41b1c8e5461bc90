import { type Clock, withDeadline } from './deadline.ts';
import type { Report, Route } from './events.ts';
import { invalid } from './failures.ts';
import type { Pacer } from './pacer.ts';
import { IncompleteList, readWholeList, type WholeList } from './paging.ts';
import type { ListPage } from './payloads.ts';
import type { RestClient } from './rest-client.ts';

/** How long a list may take with all its pages, in milliseconds: as long as a load may that somebody waits for. */
const LIST_LIMIT_MS = 60_000;

export interface ListReaderOptions {
  readonly client: RestClient;
  /** How many pages of one list are read at once. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly report: Report;
}

/**
 * All pages of a list, which `pageUrl` names and `readPage` reads. No further page is asked for once the list has failed.
 * A `pacer` that is unhurried sets the time limit aside.
 * @throws GatewayError; UpstreamInvalid for a list that falls short of what the upstream says it has, and
 * UpstreamTimeout for one that takes over LIST_LIMIT_MS.
 */
export type ListReader = <T extends { readonly id: number }>(
  route: Route,
  pageUrl: (pageNumber: number) => string,
  readPage: (body: unknown) => ListPage<T>,
  pacer: Pacer | undefined,
) => Promise<WholeList<T>>;

export function createListReader({ client, concurrency, clock, report }: ListReaderOptions): ListReader {
  return async (route, pageUrl, readPage, pacer) => {
    const readAll = (signal?: AbortSignal) =>
      readWholeList(
        async (pageNumber) => {
          signal?.throwIfAborted();
          // A list that shrank has lost its last page. One without a first page is not there.
          const read = pageNumber === 1 ? client.get : client.find;
          return read(route, pageUrl(pageNumber), readPage, pacer);
        },
        { concurrency, onShift: () => report({ type: 'upstream-list-shifted', route }) },
      );
    try {
      const list = await (pacer?.unhurried ? readAll() : readInTime(route, readAll));
      for (const [field, items] of Map.groupBy(list.rejected, (item) => item.field))
        report({ type: 'upstream-item-rejected', route, field, count: items.length });
      return list;
    } catch (error) {
      if (!(error instanceof IncompleteList)) throw error;
      const { expected, found } = error;
      report({ type: 'upstream-list-incomplete', route, expected, found });
      throw invalid(error.message);
    }
  };

  function readInTime<T>(route: Route, read: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const startedAt = clock.monotonic();
    return withDeadline(LIST_LIMIT_MS, clock, ({ signal }) => {
      signal.addEventListener('abort', () => {
        const reason = `the list took over ${LIST_LIMIT_MS} ms`;
        const durationMs = clock.monotonic() - startedAt;
        report({ type: 'upstream-failed', route, code: 'UPSTREAM_TIMEOUT', reason, durationMs });
      });
      return read(signal);
    });
  }
}
