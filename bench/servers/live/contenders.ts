import { createHmac } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Client, Reply } from '../client.ts';
import { type Contender, gateway, peer } from '../contenders.ts';
import type { Change } from '../peers/live-data.ts';
import type { Upstream } from '../upstream.ts';
import type { Protocol } from './connection.ts';

/** A server with subscriptions. */
export interface LiveContender extends Contender {
  readonly protocol: Protocol;
  /** Changes the title in the server's source, before the clock starts. */
  prepare(change: Change): Promise<void>;
  /** Tells the server of the change. */
  announce(url: string, change: Change): Promise<void>;
}

const HOOK_SECRET = 'a-secret-of-the-benchmark';
const MOST_RETRYING_MS = 30_000;
const RETRY_MS = 20;
// All subscribers have the same address.
const UNLIMITED = { LIVE_MAX: '100000', LIVE_MAX_PER_CLIENT: '100000' };

/** The gateway over the protocol. It learns of a change by a signed webhook, and loads the catalogs from the upstream. */
export function liveGateway(
  protocol: Protocol,
  redisUrl: string,
  upstream: Upstream,
  client: Client,
): LiveContender {
  const variables = { ...upstream.variables, ...UNLIMITED, REDIS_URL: redisUrl, HOOK_SECRETS: HOOK_SECRET };
  return {
    ...gateway(variables, `catalog-gateway, ${NAMES[protocol]}`),
    protocol,
    prepare: (change) => changeUpstream(client, upstream, change),
    async announce(url, { sellerId, catalogId }) {
      const body = JSON.stringify({
        ...{ event: 'catalog.updated', entity: 'catalog', id: catalogId, sellerIds: [sellerId] },
        occurredAt: new Date().toISOString(),
      });
      const timestamp = String(Math.floor(Date.now() / 1000));
      const signature = createHmac('sha256', HOOK_SECRET).update(`${timestamp}.${body}`).digest('hex');
      const headers = {
        'content-type': 'application/json',
        'x-timestamp': timestamp,
        'x-signature': `sha256=${signature}`,
      };
      const call = { url: at(url, '/hooks/catalog'), method: 'POST', headers, body };
      let reply = await client.send(call);
      // A busy machine answers late. A source sends again what is not acknowledged.
      for (const giveUpAt = performance.now() + MOST_RETRYING_MS; reply.status === 503; ) {
        if (performance.now() > giveUpAt) break;
        await setTimeout(RETRY_MS);
        reply = await client.send(call);
      }
      expectStatus(202, reply);
    },
  };
}

/** Another server: the benchmark notifies it of changes by a request, and it changes its own data. */
export function livePeer(
  name: string,
  protocol: Protocol,
  path: string,
  worldFile: string,
  client: Client,
): LiveContender {
  return {
    ...peer(`${name}, ${NAMES[protocol]}`, worldFile, path),
    protocol,
    prepare: async () => {},
    async announce(url, change) {
      const body = JSON.stringify(change);
      expectStatus(200, await client.send({ url: at(url, '/change'), method: 'POST', body }));
    },
  };
}

const NAMES: Readonly<Record<Protocol, string>> = { sse: 'SSE', websocket: 'WebSocket' };

export async function changeUpstream(
  client: Client,
  upstream: Upstream,
  { catalogId, title }: Pick<Change, 'catalogId' | 'title'>,
): Promise<void> {
  const url = `${upstream.url}/control/catalogs/${catalogId}`;
  expectStatus(204, await client.send({ url, method: 'PUT', body: JSON.stringify({ title }) }));
}

function at(url: string, path: string): string {
  return new URL(path, url).href;
}

function expectStatus(expected: number, { status, bytes }: Reply): void {
  if (status !== expected) throw new Error(`status ${status}: ${bytes.toString().slice(0, 500)}`);
}
