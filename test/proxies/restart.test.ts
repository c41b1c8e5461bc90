import { describe, expect, it, onTestFinished } from 'vitest';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts';
import { isUsed, noNginx, startNginx } from '../support/nginx.ts';
import { freePort } from '../support/redis.ts';
import { startLoad } from './load.ts';

const RESTARTS = 6;
const QUERY = '{ sellers(pageSize: 1) { totalItems } }';

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
    const load = startLoad(nginx, [QUERY]);
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
