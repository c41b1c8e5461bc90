import { describe, expect, it } from 'vitest';
import { post } from '../support/http-client.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { noRedis } from '../support/redis.ts';
import { OPERATOR, PATIENCE, SLOW, shareGateways } from '../support/shared-gateways.ts';

describe.skipIf(noRedis)('a process that gets SIGTERM', SLOW, () => {
  it('exits with 0 during a poll and with a failing trace collector', async () => {
    const collector = await startOtlpReceiver();
    collector.answer('never');
    const { sandbox, start } = await shareGateways({ sellers: 500 });
    const gateway = await start({
      POLL_INTERVAL: '1',
      WARM_RATE: '1',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    });
    expect((await post(gateway, { query: '{ sellers { totalItems } }' })).status).toBe(200);
    await expect.poll(() => sandbox.requests()['GET /Catalog'], PATIENCE).toBeGreaterThan(0);
    expect(await gateway.terminate()).toBe(0);
    expect(gateway.log.map(({ event }) => event)).not.toContain('polled');
    expect(gateway.log.at(-1)?.msg).toBe('stopped');
  });

  it('exits with 0 during a warm-up, and notifies its followers', async () => {
    const { sandbox, start } = await shareGateways({ sellers: 500 });
    const gateway = await start({ WARM_ON_START: 'true', WARM_RATE: '1' });
    await expect.poll(() => sandbox.requests()['GET /Catalog'], PATIENCE).toBeGreaterThan(0);
    const followed = await fetch(`${gateway.origin}/admin/warm`, {
      method: 'POST',
      headers: { ...OPERATOR, 'content-type': 'application/json' },
    });
    const [code, text] = await Promise.all([gateway.terminate(), followed.text()]);
    expect(code).toBe(0);
    expect(JSON.parse(text.trim().split('\n').at(-1) ?? '')).toMatchObject({ total: 500, complete: false });
    expect(gateway.log.at(-1)?.msg).toBe('stopped');
  });
});
