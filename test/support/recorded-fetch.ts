/** A request that a client library made for an operation, and its response. */
interface Exchange {
  readonly method: string;
  readonly sends: 'text' | 'hash' | 'hash and text' | 'nothing';
  /** The parameters of Cache-Status after the cache name; empty without the header. */
  readonly cacheStatus: string;
}

export interface RecordedFetch {
  readonly fetch: typeof globalThis.fetch;
  /** In the order of sending. */
  readonly exchanges: readonly Exchange[];
}

/** For client libraries, which show the data of a response and hide its headers. */
export function recordFetch(): RecordedFetch {
  const exchanges: Exchange[] = [];
  return {
    exchanges,
    async fetch(input, init = {}) {
      const at = exchanges.length;
      const sent = { method: init.method ?? 'GET', sends: sentIn(String(input), init.body) };
      exchanges.push({ ...sent, cacheStatus: '' });
      const response = await fetch(input, init);
      const cacheStatus = response.headers.get('cache-status')?.replace(/^catalog-gateway; /, '') ?? '';
      exchanges[at] = { ...sent, cacheStatus };
      return response;
    },
  };
}

function sentIn(url: string, body: unknown): Exchange['sends'] {
  const parameters =
    typeof body === 'string' ? JSON.parse(body) : Object.fromEntries(new URL(url).searchParams);
  const { query, extensions } = parameters as { query?: string; extensions?: unknown };
  const { persistedQuery } = (
    typeof extensions === 'string' ? JSON.parse(extensions) : (extensions ?? {})
  ) as { persistedQuery?: unknown };
  const parts = [...(persistedQuery ? ['hash'] : []), ...(query ? ['text'] : [])];
  return (parts.join(' and ') || 'nothing') as Exchange['sends'];
}
