import { expect, it, onTestFinished } from 'vitest';
import { startApp } from '../../src/app/app.ts';
import { systemClock } from '../../src/cache/clock.ts';
import { loadConfig } from '../../src/config/config.ts';
import { post } from '../support/http-client.ts';
import { idleProcess } from '../support/metrics.ts';

const SELLERS = '{ sellers(pageSize: 1) { items { id name } } }';

it('A change in the embedded sandbox invalidates what the gateway has cached, with SANDBOX_WEBHOOK_SELF', async () => {
  const config = loadConfig({
    ...{ PORT: '0', SANDBOX_SELLERS: '3', SANDBOX_LATENCY_MS: '0' },
    ...{ HOOK_SECRETS: 'an-earlier-secret-of-it,a-secret-of-the-sandbox', SANDBOX_WEBHOOK_SELF: 'true' },
  });
  const app = await startApp(config, {
    ...{ process: idleProcess, report: () => {}, clock: systemClock, random: Math.random },
  });
  onTestFinished(() => app.close());
  const firstSeller = async () => {
    const { body } = await post({ origin: `http://127.0.0.1:${app.port}` }, { query: SELLERS });
    return body.data as { sellers: { items: [{ id: string; name: string }] } };
  };
  const { id } = (await firstSeller()).sellers.items[0];
  app.sandbox?.changeSeller(Number(id), { name: 'Larch & Daughters' });
  await expect.poll(firstSeller).toEqual({
    sellers: { items: [{ id, name: 'Larch & Daughters' }] },
  });
});
