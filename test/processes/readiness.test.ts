import { describe, expect, it, onTestFinished } from 'vitest';
import { send } from '../support/http-client.ts';
import { noRedis } from '../support/redis.ts';
import { PATIENCE, type SharedGateways, SLOW, shareGateways } from '../support/shared-gateways.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const WAITS = { WARM_ON_START: 'true', READY_AFTER_WARM: 'true', WARM_RATE: '1000' };

async function readiness(gateway: { readonly origin: string }) {
  const { status, text } = await send(gateway, '/readyz');
  return { status, ...(JSON.parse(text) as { ready: boolean; warm: boolean }) };
}

describe.skipIf(noRedis)('a gateway with READY_AFTER_WARM', SLOW, () => {
  it('is not ready before the warm-up ends, and then serves warm data', async () => {
    const scene = await shareGateways();
    const { upstream, held } = await holdUpstream(scene);
    const gateway = await scene.start({ ...upstream, ...WAITS });
    expect(await readiness(gateway)).toMatchObject({ status: 503, ready: false, warm: false });
    expect((await send(gateway, '/healthz')).status).toBe(200);
    held.pass();
    await expect.poll(() => readiness(gateway), PATIENCE).toMatchObject({ status: 200, warm: true });
    await expect
      .poll(() => gateway.log.filter(({ event }) => event === 'warm-up-ended'), PATIENCE)
      .toMatchObject([{ sellers: 30, total: 30, failed: 0 }]);
    expect(scene.sandbox.requests()).toMatchObject({ 'GET /Seller': 1, 'GET /Catalog': 2 });
  });

  it('becomes ready even if the warm-up fails', async () => {
    const scene = await shareGateways();
    scene.sandbox.configure({ errorRate: 1, errorStatus: 400 });
    const gateway = await scene.start(WAITS);
    await expect.poll(() => readiness(gateway), PATIENCE).toMatchObject({ status: 200, warm: true });
    await expect.poll(() => gateway.log.map(({ event }) => event), PATIENCE).toContain('warm-up-failed');
  });
});

describe.skipIf(noRedis)('a gateway whose Redis is slower than its budget', SLOW, () => {
  it('reports that Redis is down in /readyz and in a metric, stays ready, and reports its return', async () => {
    const scene = await shareGateways();
    const proxy = await startTcpProxy(scene.redis.port);
    onTestFinished(() => proxy.close());
    const REDIS_URL = `redis://127.0.0.1:${proxy.port}`;
    const gateway = await scene.start({ REDIS_URL, REDIS_BUDGET_MS: '200' });
    const ask = (id: number) => gateway.query(`{ seller(id: ${id}) { name } }`);
    const metric = async () =>
      /^catalog_gateway_redis_up (\d)/m.exec((await send(gateway, '/metrics')).text)?.[1];
    await expect.poll(() => readiness(gateway), PATIENCE).toMatchObject({ ready: true, redis: 'up' });
    proxy.delay(400);
    for (let id = 1; id <= 4; id += 1) expect((await ask(id)).errors).toEqual([]);
    await expect.poll(() => readiness(gateway), PATIENCE).toMatchObject({ ready: true, redis: 'down' });
    expect(await metric()).toBe('0');
    proxy.pass();
    await expect.poll(() => readiness(gateway), PATIENCE).toMatchObject({ ready: true, redis: 'up' });
    expect(await metric()).toBe('1');
  });
});

/** What stands before the upstream, and lets nothing through until it is told to. */
async function holdUpstream({ upstream }: SharedGateways) {
  const { ABCONNECT_CATALOG_URL = '', ABCONNECT_IDENTITY_URL = '' } = upstream;
  const held = await startTcpProxy(Number(new URL(ABCONNECT_CATALOG_URL).port));
  onTestFinished(() => held.close());
  held.blackHole();
  const through = (text: string) => Object.assign(new URL(text), { port: String(held.port) }).href;
  return {
    held,
    upstream: {
      ABCONNECT_CATALOG_URL: through(ABCONNECT_CATALOG_URL),
      ABCONNECT_IDENTITY_URL: through(ABCONNECT_IDENTITY_URL),
    },
  };
}
