import { setTimeout } from 'node:timers/promises';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { openGateways } from '../faults/gateways.ts';
import { deliver, SECRET, signal } from '../http/webhook/webhook-gateway.ts';
import { post } from '../support/http-client.ts';
import { isUsed, type Nginx, noNginx, startScaleNginx } from '../support/nginx.ts';
import { freePort, noRedis, startRedis } from '../support/redis.ts';
import { PATIENCE, sellerIds } from '../support/shared-gateways.ts';

const CLIENTS = 12;
const CATALOG_ID = 1_000_000_000;
const CHANGE_EVERY_MS = 50;
const RESTARTS = 3;
// The clients' own waits between attempts are seconds. They may try as often as they do otherwise.
const RETRY_MS = 100;

/** What one client has seen, with the default number of attempts. */
interface Seen {
  readonly titles: number[];
  readonly connections: () => number;
  readonly failures: unknown[];
}

function subscribe(transport: 'sse' | 'websocket', { origin }: Nginx, query: string): Seen {
  let connections = 0;
  const seen: Seen = { titles: [], connections: () => connections, failures: [] };
  const on = {
    connecting: () => {
      connections += 1;
    },
  };
  const retry = () => setTimeout(RETRY_MS * (1 + Math.random()));
  const client =
    transport === 'sse'
      ? createSseClient({ url: `${origin}/graphql`, on, retry })
      : createSocketClient({
          url: `${origin.replace('http', 'ws')}/graphql`,
          webSocketImpl: WebSocket,
          on,
          retryWait: retry,
        });
  // The gateways may be gone by then, and a client that is connecting does not get through.
  onTestFinished(() => Promise.resolve(client.dispose()).catch(() => {}));
  client.subscribe<{ catalog: { title: string } }>(
    { query },
    {
      next: ({ data, errors }) => {
        if (data) seen.titles.push(Number(data.catalog.title));
        else seen.failures.push(errors);
      },
      error: (error) => void seen.failures.push((error as Partial<Error>).message ?? 'errors'),
      complete: () => void seen.failures.push('complete'),
    },
  );
  return seen;
}

// Processes are slow to start on a busy machine.
describe.skipIf(noNginx || noRedis)('a rolling restart behind nginx', { timeout: 600_000 }, () => {
  it('loses no change for clients that follow it', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const { start, sandbox } = await openGateways(0);
    sandbox.configure({ sellers: 3, maxCatalogs: 0, lots: 0 });
    const ports = [await freePort(), await freePort()] as const;
    const startOn = (port: number) =>
      start({
        ...{ PORT: String(port), REDIS_URL: redis.url, REDIS_BUDGET_MS: '5000', HOOK_SECRETS: SECRET },
      });
    const gateways = await Promise.all([startOn(ports[0]), startOn(ports[1])]);
    const [sellerId] = await sellerIds(gateways[0], 1);
    const change = (version: number) =>
      sandbox.changeCatalog(CATALOG_ID, { title: String(version), sellerIds: [Number(sellerId)] });
    change(0);
    const nginx = await startScaleNginx(ports);
    const query = `subscription { catalog(id: ${CATALOG_ID}) { title } }`;
    const clients = Array.from({ length: CLIENTS }, (_, index) =>
      subscribe(index % 2 === 0 ? 'sse' : 'websocket', nginx, query),
    );
    await expect.poll(() => clients.filter(({ titles }) => titles.at(-1) === 0).length).toBe(CLIENTS);

    let version = 0;
    let running = true;
    const changing = (async () => {
      while (running) {
        version += 1;
        change(version);
        await reportChange(nginx);
        await setTimeout(CHANGE_EVERY_MS);
      }
    })();
    for (let restart = 0; restart < RESTARTS; restart += 1) {
      const index = restart % 2 === 0 ? 0 : 1;
      expect(await gateways[index].terminate()).toBe(0);
      gateways[index] = await startOn(ports[index]);
      // A restart is over when nginx gives the process its share again.
      await expect
        .poll(async () => {
          await post(nginx, { query: '{ __typename }' });
          return isUsed(ports[index]);
        }, PATIENCE)
        .toBe(true);
    }
    running = false;
    await changing;
    await expect
      .poll(() => clients.map(({ titles, failures }) => ({ title: titles.at(-1), failures })), {
        timeout: 20_000,
      })
      .toEqual(clients.map(() => ({ title: version, failures: [] })));
    expect(clients.filter(({ connections }) => connections() < 2)).toEqual([]);
    const events = clients.reduce((sum, { titles }) => sum + titles.length, 0);
    const connections = clients.reduce((sum, client) => sum + client.connections(), 0);
    process.stdout.write(
      `${RESTARTS} restarts behind nginx: ${CLIENTS} clients, ${version} changes, ${events} events, ` +
        `${connections} connections, nginx failures ${nginx.failures().length}\n`,
    );
  });
});

/** The source repeats a delivery until it is accepted. */
async function reportChange(nginx: Nginx): Promise<void> {
  const body = signal({ entity: 'catalog', id: CATALOG_ID });
  for (;;) {
    const sent = await deliver(nginx, { body, timestamp: Math.floor(Date.now() / 1000) }).catch(() => null);
    if (sent?.status === 202) return;
    await setTimeout(CHANGE_EVERY_MS);
  }
}
