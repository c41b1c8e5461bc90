import { once } from 'node:events';
import slotOf from 'cluster-key-slot';
import type { Cluster, Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectRedis, type RedisServer } from '../../../src/cache/redis/connection.ts';
import { escapeGlob, scanKeys } from '../../../src/cache/redis/keys.ts';
import { noRedis, startRedis, type TestRedis } from '../../support/redis.ts';
import { startRedisCluster, type TestRedisCluster } from '../../support/redis-cluster.ts';

const KEYS = 5000;

function namesOf(prefix: string, count = KEYS): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}{word_${index}}`).sort();
}

async function pagesOf(
  redis: Redis | Cluster,
  pattern: string,
  pageSize = 100,
): Promise<(readonly string[])[]> {
  const pages: (readonly string[])[] = [];
  for await (const page of scanKeys(redis, pattern, pageSize)) pages.push(page);
  return pages;
}

describe.skipIf(noRedis)('key scans of a Redis', () => {
  let redis: TestRedis;
  let operator: Redis;
  const open: { disconnect(): void }[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    operator = redis.connect();
    await operator.mset(Object.fromEntries(namesOf('cat_v1:').map((key) => [key, 'x'])));
    await operator.mset({ 'cat_v1:generation:{words}': 'x', 'other:{word_1}': 'x', 'cat_v1*:{x}': 'x' });
  });
  afterEach(() => {
    for (const each of open.splice(0)) each.disconnect();
  });
  afterAll(async () => {
    operator.disconnect();
    await redis.kill();
  });

  async function connect(): Promise<Redis> {
    const connection = (await connectRedis({ kind: 'single', url: redis.url }, Math.random)) as Redis;
    open.push(connection);
    return connection;
  }

  it('return each key once, page by page', async () => {
    const pages = await pagesOf(await connect(), 'cat_v1:{*');
    expect(pages.flat().sort()).toEqual(namesOf('cat_v1:'));
    expect(pages.length).toBeGreaterThan(KEYS / 200);
    expect(Math.min(...pages.map(({ length }) => length))).toBeGreaterThan(0);
  });

  it('skip pages without matches', async () => {
    expect(await pagesOf(await connect(), 'other:*')).toEqual([['other:{word_1}']]);
  });

  it('use short SCAN steps', async () => {
    await operator.config('RESETSTAT');
    await pagesOf(await connect(), 'cat_v1:*');
    const stats = await operator.info('commandstats');
    expect(Number(/cmdstat_scan:calls=(\d+)/.exec(stats)?.[1])).toBeGreaterThanOrEqual(KEYS / 100);
    expect(stats).not.toContain('cmdstat_keys');
  });

  it('stop at the requested number of keys', async () => {
    await operator.config('RESETSTAT');
    for await (const page of scanKeys(await connect(), '*', 100)) {
      expect(page.length).toBeGreaterThan(0);
      break;
    }
    expect(await operator.info('commandstats')).toContain('cmdstat_scan:calls=1,');
  });

  it('match names with pattern characters', async () => {
    const names = ['a*b?c', 'a[1-9]', 'a\\b', 'a]b^c', 'cat_v1*:{x}'];
    const client = await connect();
    for (const name of names) await operator.set(name, 'x');
    for (const name of names) expect((await pagesOf(client, escapeGlob(name))).flat()).toEqual([name]);
    expect((await pagesOf(client, `${escapeGlob('cat_v1*:')}*`)).flat()).toEqual(['cat_v1*:{x}']);
    await operator.del(...names.slice(0, -1));
  });

  it('fail with the reason if ACLs forbid them', async () => {
    await operator.call('ACL', 'SETUSER', 'reader', 'on', '>p', '~*', '+@all', '-scan');
    const url = redis.url.replace('//', '//reader:p@');
    const client = (await connectRedis({ kind: 'single', url }, Math.random)) as Redis;
    open.push(client);
    await expect(pagesOf(client, '*')).rejects.toThrow(/^Redis did not list its keys: NOPERM .*scan/);
  });

  it('fail if Redis hangs or is down', async () => {
    const client = await connect();
    redis.freeze();
    try {
      await expect(pagesOf(client, '*')).rejects.toThrow(
        'Redis did not list its keys: no reply within 1000 ms.',
      );
    } finally {
      redis.thaw();
    }
    const closed = once(client, 'end');
    client.disconnect();
    await expect(pagesOf(client, '*')).rejects.toThrow(
      'Redis did not list its keys: lost the connection to redis.',
    );
    await closed;
    await expect(pagesOf(client, '*')).rejects.toThrow(
      'Redis did not list its keys: not connected to redis.',
    );
  });
});

describe.skipIf(noRedis)('key scans of a Redis Cluster', () => {
  let nodes: TestRedisCluster;
  let cluster: Cluster;

  beforeAll(async () => {
    nodes = await startRedisCluster();
    const server: RedisServer = {
      kind: 'cluster',
      nodes: nodes.nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
      access: { username: undefined, password: undefined, tls: false },
    };
    cluster = (await connectRedis(server, Math.random)) as Cluster;
    await Promise.all(namesOf('cat_v1:', 500).map((key) => cluster.set(key, 'x')));
  });
  afterAll(async () => {
    cluster.disconnect();
    await nodes.kill();
  });

  it('return the keys of all masters, each once', async () => {
    expect((await pagesOf(cluster, 'cat_v1:*')).flat().sort()).toEqual(namesOf('cat_v1:', 500));
  });

  it('return a key once while its slot migrates', async () => {
    const [source, target] = await Promise.all(
      [await nodes.ownerOf(slotOf('{word_1}')), await nodes.ownerOf(slotOf('{word_2}'))].map((node) =>
        node.connect(),
      ),
    );
    if (!source || !target) throw new Error('there is no such node');
    const id = String(await source.call('CLUSTER', 'MYID'));
    await target.call('CLUSTER', 'SETSLOT', slotOf('{word_1}'), 'IMPORTING', id);
    const port = String(target.options.port);
    await source.call('MIGRATE', '127.0.0.1', port, 'cat_v1:{word_1}', 0, 2000, 'COPY');
    const told = [...(await source.keys('*')), ...(await target.keys('*'))];
    for (const each of [source, target]) each.disconnect();
    expect(told.filter((key) => key === 'cat_v1:{word_1}')).toHaveLength(2);
    expect((await pagesOf(cluster, 'cat_v1:*')).flat().sort()).toEqual(namesOf('cat_v1:', 500));
  });

  it('fail if a master is down, and without a connection', async () => {
    await nodes.nodes[2]?.stop();
    await expect(pagesOf(cluster, 'cat_v1:*')).rejects.toThrow('Redis did not list its keys: ');
    await expect.poll(() => cluster.nodes('master').length, { timeout: 60_000 }).toBe(2);
    await expect(pagesOf(cluster, 'cat_v1:*')).rejects.toThrow(
      'Redis did not list its keys: not connected to ',
    );
    cluster.disconnect();
    await expect(pagesOf(cluster, 'cat_v1:*')).rejects.toThrow(
      'Redis did not list its keys: not connected to ',
    );
  });
});
