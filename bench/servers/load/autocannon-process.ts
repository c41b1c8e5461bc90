import { once } from 'node:events';
import autocannon from 'autocannon';
import type { Load, LoadResult } from './load.ts';

const [load] = (await once(process, 'message')) as [Load];
const { url, headers, bodies, order, connections, seconds } = load;

let sent = 0;
const result = await autocannon({
  url,
  connections,
  duration: seconds,
  requests: [
    {
      method: 'POST',
      headers: { ...headers },
      setupRequest: (request) => ({ ...request, body: bodies[order[sent++ % order.length] ?? 0] ?? '' }),
    },
  ],
});

process.send?.({
  requests: result.requests.total,
  requestsPerSecond: result.requests.total / result.duration,
  medianMs: result.latency.p50,
  p99Ms: result.latency.p99,
  failed: result.errors + result.non2xx,
} satisfies LoadResult);
process.disconnect?.();
