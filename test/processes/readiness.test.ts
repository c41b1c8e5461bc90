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

describe.skipIf(noRedis)('a gateway that is ready after its warm-up', SLOW, () => {
  it('is not ready before, and then has all that was to be warmed', async () => {
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

  it('is ready in the end whatever became of it, so that it can tell what is wrong', async () => {
    const scene = await shareGateways();
    scene.sandbox.configure({ errorRate: 1, errorStatus: 400 });
    const gateway = await scene.start(WAITS);
    await expect.poll(() => readiness(gateway), PATIENCE).toMatchObject({ status: 200, warm: true });
    await expect.poll(() => gateway.log.map(({ event }) => event), PATIENCE).toContain('warm-up-failed');
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
