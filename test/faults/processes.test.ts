import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SANDBOX_CREDENTIALS, type Sandbox, startSandbox } from '../../src/upstream/sandbox/server.ts';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts';
import { noRedis, startRedis, type TestRedis } from '../support/redis.ts';

const SELLERS = '{ sellers(pageSize: 3) { totalItems items { id name } } }';

interface Stage {
  readonly redis: TestRedis;
  readonly sandbox: Sandbox;
  readonly gateways: readonly [GatewayProcess, ...GatewayProcess[]];
  start(): Promise<GatewayProcess>;
}

/** Gateways in front of one upstream, whose answers take `latencyMs`, and with one Redis. */
async function setStage(
  processes: number,
  latencyMs: number,
  variables: Record<string, string> = {},
): Promise<Stage> {
  const [redis, sandbox] = await Promise.all([
    startRedis(),
    startSandbox({
      host: '127.0.0.1',
      port: 0,
      settings: { latencyMs: { min: latencyMs, max: latencyMs } },
      clock: Date,
    }),
  ]);
  onTestFinished(async () => {
    await Promise.all([redis.kill(), sandbox.close()]);
  });
  const { username, password, clientId, clientSecret } = SANDBOX_CREDENTIALS;
  const start = async () => {
    const gateway = await startGatewayProcess({
      ABCONNECT_CATALOG_URL: sandbox.catalogUrl,
      ABCONNECT_IDENTITY_URL: sandbox.identityUrl,
      ABCONNECT_USERNAME: username,
      ABCONNECT_PASSWORD: password,
      ABCONNECT_CLIENT_ID: clientId,
      ABCONNECT_CLIENT_SECRET: clientSecret,
      REDIS_URL: redis.url,
      LOG_LEVEL: 'info',
      ...variables,
    });
    onTestFinished(() => gateway.kill());
    return gateway;
  };
  const gateways = await Promise.all(Array.from({ length: processes }, start));
  return { redis, sandbox, gateways: gateways as [GatewayProcess, ...GatewayProcess[]], start };
}

/** Sends the requests at once, spread over the gateways, and says what came of them. */
async function storm(what: string, gateways: readonly GatewayProcess[], sandbox: Sandbox, requests = 200) {
  const startedAt = performance.now();
  let longestMs = 0;
  const answers = await Promise.all(
    Array.from({ length: requests }, async (_, index) => {
      const answer = await (gateways[index % gateways.length] as GatewayProcess).query(SELLERS);
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      return answer;
    }),
  );
  const errors = answers.flatMap((answer) => answer.errors);
  const distinct = new Set(answers.map(({ data }) => JSON.stringify(data))).size;
  const loads = sandbox.requests()['GET /Seller'];
  process.stdout.write(
    `${what}: ${requests} requests over ${gateways.length} processes, ${errors.length} errors, ${loads} loads a key, ` +
      `longest answer ${longestMs.toFixed(0)} ms, ${distinct} distinct answers\n`,
  );
  expect(errors).toEqual([]);
  expect(distinct).toBe(1);
  return loads;
}

describe.skipIf(noRedis)('gateway processes', () => {
  it('load a cold key once for 1,000 concurrent requests over four', async () => {
    // The budget is for Redis, not for a machine on which four processes and a thousand clients share two cores.
    const { gateways, sandbox } = await setStage(4, 200, { REDIS_BUDGET_MS: '5000' });
    expect(await storm('cold key', gateways, sandbox, 1000)).toBe(1);
  });

  it('load a cold key once each where Redis is gone', async () => {
    const { gateways, sandbox, redis } = await setStage(2, 200);
    await redis.stop();
    expect(await storm('cold key, Redis killed', gateways, sandbox)).toBeLessThanOrEqual(2);
  });

  it('load a cold key once each where Redis hangs', async () => {
    const { gateways, sandbox, redis } = await setStage(2, 200);
    redis.freeze();
    onTestFinished(() => redis.thaw());
    expect(await storm('cold key, Redis stopped', gateways, sandbox)).toBeLessThanOrEqual(2);
  });

  it.each(['kill', 'freeze'] as const)('answer where the one that loads dies (%s)', async (end) => {
    const { gateways, sandbox } = await setStage(3, 1500, { REDIS_BUDGET_MS: '5000' });
    const [first, ...others] = gateways;
    const lost = first.query(SELLERS).catch(() => null);
    while (sandbox.requests()['GET /Seller'] === 0) await setTimeout(20);
    await first[end]();
    // One more than where nobody dies: a waiter takes over, and the others wait for that one.
    expect(await storm(`holder of the lease: ${end}`, others, sandbox)).toBe(2);
    if (end === 'freeze') first.thaw();
    await lost;
  });

  it('find what others stored when they start', async () => {
    const { gateways, sandbox, start } = await setStage(1, 50, { REDIS_BUDGET_MS: '5000' });
    await gateways[0].query(SELLERS);
    const late = await start();
    expect(await storm('warm Redis, new process', [late], sandbox)).toBe(1);
  });
});
