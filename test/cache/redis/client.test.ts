import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRedisBackplane } from '../../../src/cache/redis/backplane.ts';
import { createRedisClient } from '../../../src/cache/redis/client.ts';
import { connectRedis, connectSubscriber, type RedisServer } from '../../../src/cache/redis/connection.ts';
import { noRedis, startRedis, type TestRedis } from '../../support/redis.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

describe.skipIf(noRedis)('a connection to a single Redis', () => {
  let redis: TestRedis;
  let proxy: TcpProxy;
  const open: Redis[] = [];

  beforeEach(async () => {
    redis = await startRedis([
      '--user',
      'cache',
      'on',
      '>p@ss',
      '~*',
      '&*',
      '+@all',
      '--user',
      'default',
      'off',
    ]);
    proxy = await startTcpProxy(redis.port);
  });

  afterEach(async () => {
    for (const each of open.splice(0)) each.disconnect();
    await proxy.close();
    await redis.kill();
  });

  const server = (): RedisServer => ({
    kind: 'single',
    url: `redis://cache:p%40ss@127.0.0.1:${proxy.port}/3`,
  });

  async function connect() {
    const connection = (await connectRedis(server(), Math.random)) as Redis;
    open.push(connection);
    const states: string[] = [];
    const client = createRedisClient(connection, ({ type }) => void states.push(type));
    return { connection, client, states };
  }

  async function failure(work: Promise<unknown>): Promise<string> {
    return work.then(
      () => 'none',
      (error: Error) => error.name,
    );
  }

  it('authenticates with the ACL user, and selects the database of the URL', async () => {
    const { client } = await connect();
    const [who, info] = await client.send(
      [
        ['ACL', 'WHOAMI'],
        ['CLIENT', 'INFO'],
      ],
      1000,
    );
    expect(String(who)).toBe('cache');
    expect(String(info)).toContain(' db=3 ');
  });

  it('returns refusals as replies in order, and opens no breaker for them', async () => {
    const { client, states } = await connect();
    for (let time = 0; time < 5; time += 1) {
      const replies = await client.send(
        [
          ['SET', 'k', 'v'],
          ['LPUSH', 'k', 'x'],
          ['GET', 'k'],
        ],
        1000,
      );
      expect(String(replies[0])).toBe('OK');
      expect(replies[1]).toMatchObject({ message: expect.stringMatching(/^WRONGTYPE/) });
      expect(replies[2]).toEqual(Buffer.from('v'));
    }
    expect(states).toEqual(['store-up']);
  });

  it('times out on a silent Redis, then sends nothing, and recovers', async () => {
    const { client, states } = await connect();
    proxy.blackHole();
    const failures: string[] = [];
    for (let time = 0; time < 4; time += 1) failures.push(await failure(client.send([['GET', 'k']], 30)));
    expect(failures).toEqual(['RedisTimedOut', 'RedisTimedOut', 'RedisTimedOut', 'CircuitOpen']);
    expect(states).toEqual(['store-up', 'breaker-open', 'store-down']);
    proxy.pass();
    while (states.at(-1) !== 'store-up') await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await client.send([['PING']], 1000)).toEqual([Buffer.from('PONG')]);
    expect(states).toEqual(['store-up', 'breaker-open', 'store-down', 'breaker-closed', 'store-up']);
  });

  it('after a stall, takes Redis for down only if it had time to reply', async () => {
    const { client } = await connect();
    proxy.blackHole();
    stall();
    expect(client.isResuming).toBe(true);
    expect(await failure(client.send([['GET', 'k']], 5))).toBe('RedisTimedOut');
    expect(client.isResuming).toBe(true);
    expect(await failure(client.send([['GET', 'k']], 50))).toBe('RedisTimedOut');
    expect(client.isResuming).toBe(false);
  });

  it('fails at once without a connection', async () => {
    const { client, connection } = await connect();
    proxy.cut();
    while (connection.status === 'ready') await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await failure(client.send([['GET', 'k']], 1_000_000))).toBe('RedisNotConnected');
  });

  it('receives messages from the start, and after a reconnect', async () => {
    const { connection } = await connect();
    const subscriber = await connectSubscriber(server(), Math.random);
    open.push(subscriber);
    const heard: unknown[] = [];
    let gaps = 0;
    const listener = createRedisBackplane(connection, subscriber, 'channel', 'a', () => {});
    listener.listen(
      (message) => heard.push(message),
      () => {
        gaps += 1;
      },
    );
    const speaker = createRedisBackplane(connection, subscriber, 'channel', 'b', () => {});
    const sayUntilHeard = async (tag: string) => {
      const known = heard.length;
      while (heard.length === known) {
        speaker.publish({ type: 'invalidated', tags: [tag] });
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(heard.at(-1)).toMatchObject({ type: 'invalidated', tags: [tag] });
    };
    await sayUntilHeard('first');
    const before = gaps;
    proxy.cut();
    proxy.pass();
    await sayUntilHeard('second');
    expect(gaps).toBeGreaterThan(before);
    connection.publish('channel', 'no message of ours');
    await sayUntilHeard('third');
  });
});

/** Blocks this process for as long as counts as a stall. */
function stall(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800);
}
