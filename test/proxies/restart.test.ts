import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts';
import { isUsed, noNginx, startNginx } from '../support/nginx.ts';
import { freePort } from '../support/redis.ts';

const RESTARTS = 6;
const CLIENTS = 16;
// While a process starts: it has to share the machine with the clients.
const EASY_PAUSE_MS = 50;
const BODY = JSON.stringify({ query: '{ sellers(pageSize: 1) { totalItems } }' });

interface Load {
  /** How many requests have been answered, by status, or by what became of them. */
  readonly results: Readonly<Record<string, number>>;
  answered(): number;
  /** Whether each client sends its next request at once, as it does until told otherwise, or after a pause. */
  press(hard: boolean): void;
  stop(): Promise<void>;
}

/** Clients that send one POST after the other on connections of their own, until they are stopped. */
function startLoad({ origin }: { readonly origin: string }): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const results: Record<string, number> = {};
  let stopped = false;
  let pressing = true;
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!stopped) {
      const result = await postOnce(origin, agent);
      results[result] = (results[result] ?? 0) + 1;
      if (!pressing) await sleep(EASY_PAUSE_MS);
    }
  });
  return {
    results,
    answered: () => Object.values(results).reduce((sum, count) => sum + count, 0),
    press(hard) {
      pressing = hard;
    },
    async stop() {
      stopped = true;
      await Promise.all(clients);
      agent.destroy();
    },
  };
}

function postOnce(origin: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': BODY.length };
    request(`${origin}/graphql`, { agent, method: 'POST', headers }, (response) => {
      response.resume().on('end', () => resolve(String(response.statusCode)));
      response.on('error', ({ message }) => resolve(message));
    })
      .on('error', ({ message }) => resolve(message))
      .end(BODY);
  });
}

async function startGateway(port: number): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess({
    PORT: String(port),
    LOG_LEVEL: 'info',
    SANDBOX_SELLERS: '3',
    SANDBOX_LATENCY_MS: '0',
  });
  onTestFinished(() => gateway.kill());
  return gateway;
}

// Processes are slow to start on a busy machine.
describe.skipIf(noNginx)('a rolling restart behind nginx', { timeout: 600_000 }, () => {
  it.each([
    ['a connection a request', 0],
    ['connections that it keeps', 32],
  ])('loses no POST, with %s', async (_, keepAlive) => {
    const ports = [await freePort(), await freePort()];
    const gateways = await Promise.all(ports.map(startGateway));
    const nginx = await startNginx(ports, { keepAlive });
    const load = startLoad(nginx);
    for (let restart = 0; restart < RESTARTS; restart += 1) {
      const index = restart % 2;
      // A restart is over when nginx gives the process that was started last its share again.
      await expect.poll(() => isUsed(ports[1 - index] ?? 0), { timeout: 60_000 }).toBe(true);
      load.press(true);
      const enough = load.answered() + 500;
      await expect.poll(load.answered, { timeout: 60_000 }).toBeGreaterThan(enough);
      expect(await gateways[index]?.terminate()).toBe(0);
      load.press(false);
      gateways[index] = await startGateway(ports[index] ?? 0);
    }
    await load.stop();
    expect(nginx.failures()).toEqual([]);
    expect(load.results).toEqual({ 200: load.answered() });
  });
});
