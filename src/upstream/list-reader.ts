import type { Clock } from '../domain/clock.ts';
import type { ErrorCode } from '../domain/errors.ts';
import { withDeadline } from './deadline.ts';
import type { Report, Route } from './events.ts';
import { invalid } from './failures.ts';
import { IncompleteList, readWholeList, type WholeList } from './paging.ts';
import type { ListPage } from './payloads.ts';
import type { CallOptions, RestClient } from './rest-client.ts';

/** Time limit of a list with all its pages, in milliseconds: the same as for a load that a request waits for. */
const LIST_LIMIT_MS = 60_000;

/** Maximum bytes of all pages of one list, as a multiple of the longest body: much of it may be text that stays in memory. */
const LIST_BODIES = 4;
/** A whole list is kept in memory, decoded. */
const MAX_LIST_ITEMS = 500_000;

export interface ListReaderOptions {
  readonly client: RestClient;
  /** Number of pages of one list that are read concurrently. */
  readonly concurrency: number;
  /** Maximum length of a page body, in bytes. */
  readonly maxBodyBytes: number;
  readonly clock: Clock;
  readonly report: Report;
}

/**
 * Reads all pages of a list. No further page is requested once the list has failed. With `noTimeLimit` there is no
 * time limit.
 * @throws GatewayError; UpstreamInvalid if the number of items differs from what the upstream states or a bound of bytes
 * or items is exceeded, and UpstreamTimeout after LIST_LIMIT_MS.
 */
export type ListReader = <T extends { readonly id: number }>(
  route: Route,
  pageUrl: (pageNumber: number) => string,
  readPage: (body: unknown) => ListPage<T>,
  options: CallOptions,
) => Promise<WholeList<T>>;

export function createListReader(options: ListReaderOptions): ListReader {
  const { client, concurrency, maxBodyBytes, clock, report } = options;

  return async (route, pageUrl, readPage, callOptions) => {
    const startedAt = clock.monotonic();
    let allowance = newAllowance();
    const readAll = (signal?: AbortSignal) =>
      readWholeList(
        async (pageNumber) => {
          signal?.throwIfAborted();
          // The last page of a list that shrank is 404, which is valid. A list without a first page does not exist.
          const read = pageNumber === 1 ? client.get : client.find;
          const page = await read(route, pageUrl(pageNumber), readPage, { ...callOptions, allowance });
          allowance.leftItems -= page?.items.length ?? 0;
          if (allowance.leftItems < 0) throw invalid(`the list has more than ${MAX_LIST_ITEMS} items`);
          return page;
        },
        {
          concurrency,
          onShift() {
            allowance = newAllowance();
            report({ type: 'upstream-list-shifted', route });
          },
        },
      );
    try {
      const list = await (callOptions.rateLimit?.noTimeLimit
        ? readAll()
        : readInTime(route, startedAt, readAll));
      for (const [field, items] of Map.groupBy(list.rejected, (item) => item.field))
        report({ type: 'upstream-item-rejected', route, field, count: items.length });
      return list;
    } catch (error) {
      if (!(error instanceof IncompleteList)) throw error;
      const { expected, found } = error;
      report({ type: 'upstream-list-incomplete', route, expected, found });
      reportFailed(route, 'UPSTREAM_INVALID', error.message, startedAt);
      throw invalid(error.message);
    }
  };

  function newAllowance() {
    return { leftBytes: LIST_BODIES * maxBodyBytes, leftItems: MAX_LIST_ITEMS };
  }

  function readInTime<T>(
    route: Route,
    startedAt: number,
    read: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return withDeadline(LIST_LIMIT_MS, clock, ({ signal }) => {
      const reason = `the list took more than ${LIST_LIMIT_MS} ms`;
      signal.addEventListener('abort', () => reportFailed(route, 'UPSTREAM_TIMEOUT', reason, startedAt));
      return read(signal);
    });
  }

  function reportFailed(route: Route, code: ErrorCode, reason: string, startedAt: number): void {
    report({ type: 'upstream-failed', route, code, reason, durationMs: clock.monotonic() - startedAt });
  }
}
