import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGatewayProcess } from '../support/gateway-process.ts';
import { startUpstream } from '../support/real-upstream.ts';
import { PATIENCE, SLOW } from '../support/shared-gateways.ts';

const CLIENTS = 25;
const CALLS = 50;
const SLOTS = 8;

describe('25 requests of one client with 50 lookups each', SLOW, () => {
  it('delay the cold list of another client by few more calls than those in progress', async () => {
    const order: string[] = [];
    const upstream = await startUpstream(async (response, _call, { url = '' }) => {
      const [, kind = '', id] = /\/api\/(\w+)(?:\/(\d+))?/.exec(url) ?? [];
      order.push(kind);
      await setTimeout(100);
      const list = { items: [{ id: 1 }], totalPages: 1, totalItems: 1 };
      response.end(JSON.stringify(id ? { id: Number(id) } : list));
    });
    // What one operation may ask for is bounded elsewhere.
    const limits = { GRAPHQL_MAX_UPSTREAM_CALLS: String(CALLS) };
    const gateway = await startGatewayProcess({ ...upstream.variables, ...limits });
    onTestFinished(() => gateway.kill());
    const lookups = Array.from({ length: CLIENTS }, (_, client) => {
      const ids = Array.from({ length: CALLS }, (__, call) => client * CALLS + call + 1);
      return gateway.query(`{ ${ids.map((id) => `a${id}: catalog(id: ${id}) { id }`).join(' ')} }`);
    });
    // Until each of them has had its first slots.
    await expect.poll(() => order.length, PATIENCE).toBeGreaterThan(3 * CLIENTS);

    const before = order.length;
    const list = await gateway.query('{ sellers { totalItems } }');
    expect(list).toEqual({ data: { sellers: { totalItems: 1 } }, errors: [] });
    // Some are sent while the request is on its way to the gateway.
    const ahead = order.indexOf('Seller') - before;
    process.stdout.write(
      `${ahead} calls of others went before the list's, ${order.length} of ${CLIENTS * CALLS} in all\n`,
    );
    expect(ahead).toBeLessThanOrEqual(4 * SLOTS);
    expect(order.length).toBeLessThan((CLIENTS * CALLS) / 2);

    const failed = (await Promise.all(lookups)).flatMap(({ errors }) => errors);
    const codes = new Set(failed.map((error) => (error as { extensions: { code: string } }).extensions.code));
    // The queue is full with them.
    expect([...codes].filter((code) => code !== 'UPSTREAM_UNAVAILABLE')).toEqual([]);
  });
});
