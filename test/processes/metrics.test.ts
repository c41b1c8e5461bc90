import { describe, expect, it } from 'vitest';
import type { GatewayProcess } from '../support/gateway-process.ts';
import { post, send } from '../support/http-client.ts';
import { samplesOf } from '../support/metrics.ts';
import { startProcess } from '../support/process.ts';
import { freePort, noRedis } from '../support/redis.ts';
import { OPERATOR, PATIENCE, SLOW, sellerIds, shareGateways } from '../support/shared-gateways.ts';
import { startWebServer } from '../support/web-server.ts';

const MAIN = 'src/main.ts';

/** The samples of a scrape. */
function scrape(server: { readonly origin: string }) {
  return samplesOf({ text: async () => (await send(server, '/metrics')).text });
}

/** The sum of a counter's samples, by the values of one of its labels. */
function totals(samples: Readonly<Record<string, number>>, name: string, label: string) {
  const sums: Record<string, number> = {};
  for (const [sample, value] of Object.entries(samples)) {
    if (!sample.startsWith(`${name}{`)) continue;
    const [, of = ''] = new RegExp(`[{,]${label}="([^"]*)"`).exec(sample) ?? [];
    sums[of] = (sums[of] ?? 0) + value;
  }
  return sums;
}

describe('the metrics port', SLOW, () => {
  it('is that of the gateway by default', async () => {
    const gateway = startProcess(MAIN, { PORT: '0' });
    const { port } = await gateway.logged('listening');
    const { status, headers, text } = await send({ origin: `http://127.0.0.1:${port}` }, '/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain('catalog_gateway_upstream_calls_total');
  });

  it('serves only metrics if separate, and the gateway port then serves none', async () => {
    const metricsPort = await freePort();
    const gateway = startProcess(MAIN, { PORT: '0', METRICS_PORT: String(metricsPort) });
    const { port } = await gateway.logged('listening');
    const main = { origin: `http://127.0.0.1:${port}` };
    const own = { origin: `http://127.0.0.1:${metricsPort}` };
    expect((await send(own, '/metrics')).status).toBe(200);
    expect((await send(main, '/metrics')).status).toBe(404);
    for (const path of ['/graphql', '/healthz', '/readyz', '/'])
      expect((await send(own, path)).status).toBe(404);
    gateway.signal('SIGTERM');
    expect((await gateway.ended()).code).toBe(0);
  });

  it('in use is reported in one line, and nothing starts', async () => {
    const { origin } = await startWebServer((_, response) => response.end());
    const taken = new URL(origin).port;
    const { code, stderr, stdout } = await startProcess(MAIN, { PORT: '0', METRICS_PORT: taken }).ended();
    expect([code, stderr]).toEqual([
      1,
      `catalog-gateway cannot start: port ${taken} is already in use; stop the process that uses it or choose another port\n`,
    ]);
    expect(stdout).not.toContain('listening');
  });
});

describe.skipIf(noRedis)('the metrics of a process', SLOW, () => {
  it('agree with the request counts of the upstream', async () => {
    const { sandbox, start } = await shareGateways({ maxCatalogs: 6 });
    const gateway = await start({ KEEP_WARM: '0' });
    const [first = '', second = ''] = await sellerIds(gateway, 2);
    const questions = [
      '{ sellers(pageSize: 5) { items { name futureCatalogs { items { title } } } } }',
      '{ sellers(pageSize: 5, page: 2) { items { name futureCatalogs { items { title } } } } }',
      `{ seller(id: ${first}) { name catalogs { totalItems } } }`,
      `{ catalogs(sellerId: ${second}, filter: { title: "a" }) { totalItems } }`,
      '{ sellers(filter: { name: "a" }) { totalItems } }',
      '{ seller(id: 99999999) { name } }',
      '{ catalog(id: 99999999) { title } }',
    ];
    for (const query of [...questions, ...questions])
      expect((await post(gateway, { query })).status).toBe(200);
    await Promise.all(questions.flatMap((query) => [post(gateway, { query }), post(gateway, { query })]));
    sandbox.configure({ errorRate: 1, errorStatus: 400 });
    await post(gateway, { query: '{ seller(id: 88888888) { name } }' });
    sandbox.configure({ errorRate: 0 });
    await send(gateway, '/healthz');

    const counted = Object.fromEntries(Object.entries(sandbox.requests()).filter(([, count]) => count > 0));
    const asked = 1 + 4 * questions.length + 1;
    await expect.poll(() => requestsOf(gateway), PATIENCE).toBe(asked);
    const samples = await scrape(gateway);
    expect(totals(samples, 'upstream_calls_total', 'route')).toEqual(counted);
    expect(totals(samples, 'upstream_calls_total', 'status')).toMatchObject({ 400: 1 });
    expect(totals(samples, 'requests_total', 'outcome')).toMatchObject({ failed: 1 });
    expect(samples['pages_total{path="/healthz"}']).toBe(1);
  });

  it('count a wrong admin token', async () => {
    const gateway = await (await shareGateways()).start();
    const wrong = { authorization: 'Bearer a-token-of-somebody' };
    expect((await send(gateway, '/admin/stats', { headers: wrong })).status).toBe(401);
    expect((await send(gateway, '/admin/stats', { headers: OPERATOR })).status).toBe(200);
    expect(await scrape(gateway)).toMatchObject({ admin_refusals_total: 1 });
  });
});

async function requestsOf(gateway: GatewayProcess): Promise<number> {
  const byOutcome = totals(await scrape(gateway), 'requests_total', 'outcome');
  return Object.values(byOutcome).reduce((sum, count) => sum + count, 0);
}
