import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import type { GatewayProcess } from '../support/gateway-process.ts';
import type { TestRedis } from '../support/redis.ts';
import { openGateways, SELLERS } from './gateways.ts';

const ADMIN_TOKEN = 'a-token-for-operators';
const REQUESTS = 50;

/**
 * Starts two gateways, one after the other, and asserts that Redis is between them: the second finds what the first
 * has loaded, both listen for what others invalidate, and an invalidation is acknowledged.
 */
export async function expectSharing(
  what: string,
  servers: readonly TestRedis[],
  variables: Record<string, string>,
): Promise<void> {
  const { start, storm, upstream } = await openGateways(50);
  // Nothing here is about how fast a Redis on a busy machine is.
  const all = { ADMIN_TOKEN, REDIS_BUDGET_MS: '5000', ...variables };
  const channel = `${loadConfig({ ...upstream, ...all }).cache.sourcePrefix}backplane`;
  const first = await start(all);
  await first.query(SELLERS);
  await untilStored(first);
  const second = await start(all);
  expect(await storm(what, [second], REQUESTS)).toBe(1);
  await untilListening(servers, channel, 2);

  const invalidate = 'mutation { invalidate(tags: ["sellers"]) { acknowledgedBy } }';
  expect((await second.query(invalidate, ADMIN_TOKEN)).data).toEqual({
    invalidate: { acknowledgedBy: 'redis' },
  });
  expect(await storm(`${what}, invalidated`, [second], REQUESTS)).toBe(2);
  await untilStored(first);
  for (const gateway of [first, second]) {
    expect(statesIn(gateway.log)).toEqual(['store-up']);
    // Neither Node's nor the client's, which go past the log.
    expect(gateway.output()).not.toMatch(/warning|\[WARN\]/i);
  }
}

/** What a gateway has said of Redis, in order. */
export function statesIn(log: GatewayProcess['log']): string[] {
  return log.flatMap(({ event }) => (event === 'store-up' || event === 'store-down' ? [event] : []));
}

/** Why it said that Redis is down, each time: the error as it is logged. */
export function reasonsIn(log: GatewayProcess['log']): string[] {
  return log.filter(({ event }) => event === 'store-down').map(({ err }) => JSON.stringify(err ?? null));
}

/** Resolves when Redis has the current list: answers do not wait for what is written there. */
async function untilStored(gateway: GatewayProcess): Promise<void> {
  const question = '{ cacheEntry(key: "sellers_all") { redis { tags { current } } } }';
  for (;;) {
    const { data } = await gateway.query(question, ADMIN_TOKEN);
    const { redis } = (data as { cacheEntry: { redis: { tags: { current: boolean }[] } | null } }).cacheEntry;
    if (redis?.tags.every(({ current }) => current)) return;
    await setTimeout(20);
  }
}

async function untilListening(
  servers: readonly TestRedis[],
  channel: string,
  listeners: number,
): Promise<void> {
  const clients = servers.map((server) => server.connect());
  const heardBy = async () => {
    const counts = await Promise.all(clients.map((client) => client.pubsub('NUMSUB', channel)));
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  };
  try {
    while ((await heardBy()) < listeners) await setTimeout(50);
  } finally {
    for (const client of clients) client.disconnect();
  }
}
