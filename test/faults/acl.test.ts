import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { GatewayProcess } from '../support/gateway-process.ts';
import { noRedis, startRedis, type TestRedis } from '../support/redis.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { passwordOnly, usersOnly } from '../support/redis-guard.ts';
import { startRedisSentinel } from '../support/redis-sentinel.ts';
import { openGateways } from './gateways.ts';
import { expectSharing, reasonsIn, statesIn } from './sharing.ts';

// Of the kind that has to be escaped in a URL.
const PASSWORD = 'p@ss/w:rd#1';

// All that the gateway needs, beside what each kind of server asks for.
const RIGHTS = [
  ...['on', `>${PASSWORD}`, '~cat_*', '&cat_*'],
  ...['+info', '+ping', '+get', '+set', '+del', '+exists', '+pexpire', '+eval', '+getrange'],
  ...['+publish', '+subscribe'],
];
const IN_A_CLUSTER = ['+cluster|slots', '+asking'];

const access = { REDIS_USERNAME: 'gateway', REDIS_PASSWORD: PASSWORD };

function urlOf({ port }: TestRedis, password: string): string {
  return `redis://gateway:${encodeURIComponent(password)}@127.0.0.1:${port}`;
}

interface Refusal {
  readonly reason: 'auth' | 'command' | 'key' | 'channel';
  readonly object: string;
  readonly count: number;
}

async function refusalsOf(servers: readonly TestRedis[]): Promise<readonly Refusal[]> {
  const refusals = servers.map(async (server) => {
    const operator = server.connect();
    const entries = (await operator.call('ACL', 'LOG')) as (string | number)[][];
    operator.disconnect();
    return entries.map(([, count, , reason, , , , object]) => ({ count, reason, object }) as Refusal);
  });
  // How a client names itself is for those who look on, and nothing comes of its being refused.
  return (await Promise.all(refusals)).flat().filter(({ object }) => !object.startsWith('client|'));
}

describe.skipIf(noRedis)('gateway processes with a least-privilege ACL user', () => {
  it('share one Redis', async () => {
    const redis = await startRedis([], undefined, usersOnly({ gateway: RIGHTS }));
    onTestFinished(() => redis.kill());
    await expectSharing('ACL user, new process', [redis], { REDIS_URL: urlOf(redis, PASSWORD) });
    expect(await refusalsOf([redis])).toEqual([]);
  });

  it('share a Redis from password-protected Sentinels', async () => {
    const guard = usersOnly({ gateway: RIGHTS });
    const { master, sentinel, name, kill } = await startRedisSentinel(guard, passwordOnly('of Sentinels'));
    onTestFinished(kill);
    await expectSharing('Sentinel and ACL user, new process', [master], {
      ...access,
      REDIS_SENTINELS: `127.0.0.1:${sentinel.port}`,
      REDIS_SENTINEL_NAME: name,
      REDIS_SENTINEL_PASSWORD: 'of Sentinels',
    });
    expect(await refusalsOf([master])).toEqual([]);
  });

  it('share a Cluster', async () => {
    const guard = usersOnly({ gateway: [...RIGHTS, ...IN_A_CLUSTER] });
    const { nodes, kill } = await startRedisCluster({ guard });
    onTestFinished(kill);
    await expectSharing('Cluster and ACL user, new process', nodes, {
      ...access,
      REDIS_CLUSTER_NODES: nodes.map(({ port }) => `127.0.0.1:${port}`).join(),
    });
    expect(await refusalsOf(nodes)).toEqual([]);
  });
});

describe.skipIf(noRedis)('gateway processes with a wrong password', () => {
  const WRONG = 'guessed-wrong';

  /** Has a gateway with that password answer, be let in by none of the servers again and again, and answer. */
  async function expectAnswers(
    what: string,
    servers: readonly TestRedis[],
    variables: Record<string, string>,
  ): Promise<GatewayProcess> {
    const { start, storm } = await openGateways(50);
    const gateway = await start(variables);
    expect(await storm(`${what}, wrong password`, [gateway])).toBe(1);
    const tries = async () =>
      (await refusalsOf(servers)).reduce(
        (sum, { reason, count }) => sum + (reason === 'auth' ? count : 0),
        0,
      );
    const before = await tries();
    while ((await tries()) < before + 4) await setTimeout(50);
    expect(await storm(`${what}, wrong password, tried again`, [gateway])).toBe(1);
    expect(statesIn(gateway.log)).toEqual(['store-down']);
    expect(gateway.output()).not.toContain(WRONG);
    return gateway;
  }

  it('answer without Redis, log it once without the password, and use Redis once the password is right', async () => {
    const redis = await startRedis([], undefined, usersOnly({ gateway: RIGHTS }));
    onTestFinished(() => redis.kill());
    const gateway = await expectAnswers('ACL user', [redis], { REDIS_URL: urlOf(redis, WRONG) });
    expect(reasonsIn(gateway.log)).toEqual([expect.stringContaining('WRONGPASS')]);

    const operator = redis.connect();
    await operator.call('ACL', 'SETUSER', 'gateway', `>${WRONG}`);
    operator.disconnect();
    while (statesIn(gateway.log).length < 2) await setTimeout(50);
    await redis.stop();
    while (statesIn(gateway.log).length < 3) await setTimeout(50);
    expect(statesIn(gateway.log)).toEqual(['store-down', 'store-up', 'store-down']);
    // Not the reason of the time before, either.
    expect(reasonsIn(gateway.log).at(-1)).not.toContain('WRONGPASS');
    expect(gateway.output()).not.toContain(WRONG);
  });

  it('answer without the Redis that Sentinels name', async () => {
    const { master, sentinel, name, kill } = await startRedisSentinel(usersOnly({ gateway: RIGHTS }));
    onTestFinished(kill);
    await expectAnswers('Sentinel and ACL user', [master], {
      REDIS_SENTINELS: `127.0.0.1:${sentinel.port}`,
      REDIS_SENTINEL_NAME: name,
      REDIS_USERNAME: 'gateway',
      REDIS_PASSWORD: WRONG,
    });
  });

  it('answer without the Cluster', async () => {
    const { nodes, kill } = await startRedisCluster({ guard: usersOnly({ gateway: RIGHTS }) });
    onTestFinished(kill);
    const gateway = await expectAnswers('Cluster and ACL user', nodes, {
      REDIS_CLUSTER_NODES: nodes.map(({ port }) => `127.0.0.1:${port}`).join(),
      REDIS_USERNAME: 'gateway',
      REDIS_PASSWORD: WRONG,
    });
    expect(reasonsIn(gateway.log)).toEqual([expect.stringContaining('WRONGPASS')]);
  });
});
