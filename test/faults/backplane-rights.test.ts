import { setTimeout } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { GatewayProcess } from '../support/gateway-process.ts';
import { noRedis, startRedis, type TestRedis } from '../support/redis.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { usersOnly } from '../support/redis-guard.ts';
import { startRedisSentinel } from '../support/redis-sentinel.ts';
import { startReplyProxy } from '../support/reply-proxy.ts';
import { PATIENCE, SLOW } from '../support/shared-gateways.ts';
import { openGateways, SELLERS } from './gateways.ts';

const ADMIN_TOKEN = 'a-token-for-operators';
const CHANNELS = '&cat_*';
const guard = usersOnly({ gateway: ['on', '>secret', '~cat_*', CHANNELS, '+@all'] });
const user = { REDIS_USERNAME: 'gateway', REDIS_PASSWORD: 'secret' };
const INVALIDATE = 'mutation { invalidate(tags: ["sellers"]) { acknowledgedBy } }';

async function single() {
  const redis = await startRedis([], undefined, guard);
  onTestFinished(() => redis.kill());
  return { servers: [redis], variables: { REDIS_URL: `redis://gateway:secret@127.0.0.1:${redis.port}` } };
}

async function sentinel() {
  const { master, sentinel, name, kill } = await startRedisSentinel(guard);
  onTestFinished(kill);
  const variables = { REDIS_SENTINELS: `127.0.0.1:${sentinel.port}`, REDIS_SENTINEL_NAME: name, ...user };
  return { servers: [master], variables };
}

async function cluster() {
  const { nodes, kill } = await startRedisCluster({ guard });
  onTestFinished(kill);
  return {
    servers: nodes,
    variables: { REDIS_CLUSTER_NODES: nodes.map(({ port }) => `127.0.0.1:${port}`).join(), ...user },
  };
}

function operatorsOf(servers: readonly TestRedis[]): readonly Redis[] {
  return servers.map((server) => {
    const operator = server.connect();
    onTestFinished(() => operator.disconnect());
    return operator;
  });
}

async function listenersOf(operators: readonly Redis[]): Promise<number> {
  const lists = await Promise.all(
    operators.map((operator) => operator.call('CLIENT', 'LIST', 'TYPE', 'PUBSUB')),
  );
  return lists.join('').match(/ sub=1 .* user=gateway /g)?.length ?? 0;
}

function linesOf(gateway: GatewayProcess, event: string) {
  return gateway.log.filter((line) => line.event === event);
}

/** Two gateways that listen to each other. */
async function startPair(operators: readonly Redis[], variables: Record<string, string>) {
  const { start } = await openGateways(0);
  const all = { ADMIN_TOKEN, LOG_LEVEL: 'debug', ...variables };
  const pair = await Promise.all([start(all), start(all)]);
  await expect.poll(() => listenersOf(operators), PATIENCE).toBe(2);
  return pair;
}

describe.skipIf(noRedis).each([
  ['one Redis', single],
  ['Sentinels', sentinel],
  ['a Cluster', cluster],
])('gateway processes with %s', SLOW, (_, open) => {
  it('continue without channel permissions, log it once, and hear each other once permitted', async () => {
    const { servers, variables } = await open();
    const operators = operatorsOf(servers);
    const [one, other] = await startPair(operators, variables);
    const setChannels = (rule: string) =>
      Promise.all(operators.map((operator) => operator.call('ACL', 'SETUSER', 'gateway', rule)));

    await setChannels('resetchannels');
    await expect.poll(() => linesOf(one, 'backplane-refused'), PATIENCE).toHaveLength(1);
    // Each refused publish and subscription is in there. Some tries later there is no further line of either.
    await operators[0]?.call('ACL', 'LOG', 'RESET');
    const refusals = async () =>
      (await Promise.all(operators.map((operator) => operator.call('ACL', 'LOG'))))
        .flat(3)
        .filter((each) => each === 'channel');
    await expect.poll(async () => (await refusals()).length, PATIENCE).toBeGreaterThan(0);
    await setTimeout(2500);
    expect(linesOf(one, 'backplane-refused')).toMatchObject([{ operation: 'subscribe' }]);
    expect((await one.query(SELLERS)).errors).toEqual([]);
    expect((await other.query(INVALIDATE, ADMIN_TOKEN)).data).toEqual({
      invalidate: { acknowledgedBy: 'redis' },
    });

    await setChannels(CHANNELS);
    await expect.poll(() => listenersOf(operators), PATIENCE).toBe(2);
    const heard = linesOf(one, 'invalidation-heard').length;
    await other.query(INVALIDATE, ADMIN_TOKEN);
    await expect.poll(() => linesOf(one, 'invalidation-heard').length, PATIENCE).toBeGreaterThan(heard);
    for (const gateway of [one, other]) expect(await gateway.terminate()).toBe(0);
  });

  it('survive a loop that kills their connections', async () => {
    const { servers, variables } = await open();
    const operators = operatorsOf(servers);
    const [one, other] = await startPair(operators, variables);
    for (let time = 0; time < 60; time += 1) {
      for (const operator of operators)
        for (const type of ['PUBSUB', 'NORMAL'])
          await operator.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
      if (time % 10 === 0) expect((await one.query(SELLERS)).errors).toEqual([]);
      await setTimeout(time % 7);
    }
    await expect.poll(() => listenersOf(operators), PATIENCE).toBe(2);
    await expect.poll(async () => (await other.query(INVALIDATE, ADMIN_TOKEN)).errors, PATIENCE).toEqual([]);
    await expect.poll(() => linesOf(one, 'invalidation-heard').length, PATIENCE).toBeGreaterThan(0);
    for (const gateway of [one, other]) {
      expect(linesOf(gateway, 'store-client-failed')).toEqual([]);
      expect(await gateway.terminate()).toBe(0);
    }
  });
});

describe.skipIf(noRedis)('a gateway process', SLOW, () => {
  it('survives a connection cut between SUBSCRIBE and its reply, and subscribes again', async () => {
    const { servers, variables } = await single();
    const [redis] = servers as [TestRedis];
    const proxy = await startReplyProxy(redis.port);
    onTestFinished(() => proxy.close());
    const operators = operatorsOf(servers);
    const { start } = await openGateways(0);
    const url = variables.REDIS_URL.replace(String(redis.port), String(proxy.port));
    const gateway = await start({ LOG_LEVEL: 'debug', REDIS_URL: url });
    await expect.poll(() => listenersOf(operators), PATIENCE).toBe(1);
    let cuts = 0;
    proxy.tamper((bytes, connection) => {
      if (!bytes.includes('subscribe')) return [bytes];
      cuts += 1;
      connection.destroy();
      return [];
    });
    await expect.poll(() => cuts, PATIENCE).toBeGreaterThan(4);
    proxy.tamper(null);
    await expect.poll(() => listenersOf(operators), PATIENCE).toBe(1);
    expect((await gateway.query(SELLERS)).errors).toEqual([]);
    expect(linesOf(gateway, 'store-client-failed')).toEqual([]);
    expect(await gateway.terminate()).toBe(0);
  });
});
