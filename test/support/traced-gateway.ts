import { type RequestContext, requestChannel } from '../../src/http/events.ts';
import { createRepository } from '../../src/repository/index.ts';
import { createRequestContexts } from '../../src/telemetry/request-context.ts';
import { startTracing, type TracingOptions } from '../../src/telemetry/tracing/tracing.ts';
import { startCacheProcess } from './cache-process.ts';
import { startHttpLayer } from './http-layer.ts';
import { upstreamClient } from './upstream-client.ts';

export const PAGE = 'query Page { sellers { items { id futureCatalogs { totalItems } } } }';

interface End {
  readonly route: string | null;
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** Tracing whose shutdown waits for the collector without a time limit. */
export function trace(endpoint: string, options: Partial<TracingOptions> = {}) {
  return startTracing({
    endpoint,
    serviceName: 'catalog-gateway',
    serviceVersion: '0.0.0',
    instanceId: 'one',
    report: () => {},
    sleep: () => new Promise(() => {}),
    ...options,
  });
}

/** The gateway's layers in front of the mocked Catalog API, with tracing. */
export async function startTraced(endpoint: string, options: Partial<TracingOptions> = {}) {
  const tracing = trace(endpoint, options);
  const contexts = createRequestContexts({ traced: true });
  const lines: Record<string, unknown>[] = [];
  const ended = new Set<() => void>();
  const report = (event: { readonly type: string }) => {
    lines.push({ ...event, ...contexts.current() });
    for (const check of ended) check();
  };
  const { cache, keyValue, clock } = await startCacheProcess();
  const now = { now: () => clock.ms, monotonic: () => clock.ms };
  const { api } = upstreamClient({ report, clock: now });
  const repository = createRepository({
    cache,
    keyValue,
    api,
    ttlMs: { sellers: 60_000, catalogs: 60_000, filter: 0, unknown: 1000, stale: 0 },
    adaptiveTtl: null,
    businessTimeZone: 'UTC',
    sortLocale: 'en',
    clock: now,
    report,
  });
  const { origin } = await startHttpLayer(
    {},
    {
      repository,
      clock: now,
      report,
    },
  );
  const requestsEnded = () => lines.filter(({ type }) => type === 'request').length;

  return {
    tracing,
    lines,
    /** Sends a query, and waits until the gateway has recorded its end. */
    async ask(query = PAGE, headers: Record<string, string> = {}, path = '/graphql') {
      const before = requestsEnded();
      const response = await fetch(`${origin}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query }),
      });
      const text = await response.text();
      await new Promise<void>((resolve) => {
        const check = () => {
          if (requestsEnded() === before) return;
          ended.delete(check);
          resolve();
        };
        ended.add(check);
        check();
      });
      return { status: response.status, text };
    },
  };
}

/** Runs work in the context of a request that does not end. */
export function inRequest<T>(requestId: string, work: () => T) {
  const context: RequestContext = { requestId, method: 'POST', path: '/graphql', headers: {} };
  return { context, result: requestChannel.start.runStores(context, work) };
}

/** Requests that end immediately. */
export function publishRequests(count: number, end: Partial<End> = {}): void {
  const request = {
    requestId: 'r-1',
    method: 'POST',
    path: '/graphql',
    route: '/graphql',
    status: 200,
    ...end,
  };
  const rest = {
    ...({ fromCache: false, operation: null, outcome: 'page', staleMs: 0, callsAvoided: 0 } as const),
    ...{ codes: [], client: null },
  };
  for (let made = 0; made < count; made += 1) {
    const context: RequestContext = { ...request, headers: {} };
    requestChannel.start.runStores(context, () => {});
    context.ended = { type: 'request', durationMs: 1, ...request, ...rest };
    requestChannel.asyncEnd.publish(context);
  }
}
