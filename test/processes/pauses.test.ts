import { describe, expect, it, onTestFinished } from 'vitest';
import { startGatewayProcess } from '../support/gateway-process.ts';
import { grantToken, startUpstream } from '../support/real-upstream.ts';
import { startRedis } from '../support/redis.ts';
import { PATIENCE, SLOW } from '../support/shared-gateways.ts';

interface Failure {
  readonly extensions: { readonly code: string; readonly retryAfter?: number };
}

describe('an upstream that answers 429 with Retry-After: 30', SLOW, () => {
  it('gets no call from any process during the pause', async () => {
    const upstream = await startUpstream(
      (response) => void response.writeHead(429, { 'retry-after': '30' }).end(),
    );
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const variables = {
      ...upstream.variables,
      REDIS_URL: redis.url,
      // No test is about how fast a Redis on a busy machine is.
      REDIS_BUDGET_MS: '5000',
      UPSTREAM_DEADLINE_MS: '10000',
    };
    const gateways = await Promise.all([startGatewayProcess(variables), startGatewayProcess(variables)]);
    for (const gateway of gateways) onTestFinished(() => gateway.kill());

    const failures: Failure[] = [];
    for (let id = 1; id <= 20; id += 1)
      for (const gateway of gateways) {
        const { errors } = await gateway.query(`{ seller(id: ${id}) { id } }`);
        failures.push(...(errors as Failure[]));
      }
    expect(failures).toHaveLength(40);
    for (const { extensions } of failures) {
      expect(extensions).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryAfter: expect.any(Number) });
      expect(Number.isInteger(extensions.retryAfter)).toBe(true);
      expect(extensions.retryAfter).toBeLessThanOrEqual(30);
    }
    // One a process that has not heard of the other's yet, at the most.
    expect(upstream.calls()).toBeLessThanOrEqual(2);

    // One that has just started has heard of nothing but what Redis holds.
    const later = await startGatewayProcess(variables);
    onTestFinished(() => later.kill());
    const calls = upstream.calls();
    const { errors } = await later.query('{ seller(id: 30) { id } }');
    expect(errors).toMatchObject([{ extensions: { retryAfter: expect.any(Number) } }]);
    expect(upstream.calls()).toBe(calls);
  });

  it('gets no call from a process without Redis either', async () => {
    for (const REDIS_URL of [undefined, 'redis://127.0.0.1:1']) {
      const upstream = await startUpstream(
        (response) => void response.writeHead(503, { 'retry-after': '30' }).end(),
      );
      const variables = { ...upstream.variables, UPSTREAM_DEADLINE_MS: '10000' };
      const gateway = await startGatewayProcess(REDIS_URL ? { ...variables, REDIS_URL } : variables);
      onTestFinished(() => gateway.kill());
      for (let id = 1; id <= 20; id += 1) await gateway.query(`{ seller(id: ${id}) { id } }`);
      expect(upstream.calls()).toBe(1);
    }
  });

  it('is called again after the pause; stale data is served meanwhile', async () => {
    let limited = false;
    const upstream = await startUpstream((response) => {
      if (limited) return void response.writeHead(429, { 'retry-after': '2' }).end();
      const items = [{ id: 1, name: 'Seller 1' }];
      response.end(JSON.stringify({ items, totalPages: 1, totalItems: 1, hasNextPage: false }));
    }, grantToken);
    const gateway = await startGatewayProcess({
      ...upstream.variables,
      CACHE_TTL_SELLERS: '1',
      UPSTREAM_DEADLINE_MS: '1500',
    });
    onTestFinished(() => gateway.kill());
    const ask = () => gateway.query('{ sellers { totalItems } }');
    const whole = { data: { sellers: { totalItems: 1 } }, errors: [] };
    expect(await ask()).toEqual(whole);
    limited = true;
    await expect
      .poll(async () => {
        expect(await ask()).toEqual(whole);
        return upstream.calls();
      }, PATIENCE)
      .toBe(2);
    for (let time = 0; time < 20; time += 1) expect(await ask()).toEqual(whole);
    expect(upstream.calls()).toBeLessThanOrEqual(3);
    limited = false;
    const calls = upstream.calls();
    await expect.poll(async () => [await ask(), upstream.calls() > calls], PATIENCE).toEqual([whole, true]);
  });
});
