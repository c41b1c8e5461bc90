import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { slotOf } from '../../src/cache/redis-slot.ts';
import { noRedis } from '../support/redis.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { startScene } from './scene.ts';

const access = { username: undefined, password: undefined, tls: false };

async function start() {
  const cluster = await startRedisCluster();
  onTestFinished(() => cluster.kill());
  const nodes = cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
  return { cluster, ...(await startScene({ server: { kind: 'cluster', nodes, access }, budgetMs: 2000 })) };
}

describe.skipIf(noRedis)('three processes with a Cluster of three masters', () => {
  it('load each thing once, and once more for each invalidation', async () => {
    const { upstream, finish } = await start();
    await finish('cluster, well');
    for (let id = 1; id <= 8; id += 1) expect(upstream.loadsOf(id)).toBe(1 + upstream.versionOf(id));
  });

  it('answer while the slots of an entry and of its generation migrate', async () => {
    const { cluster, fleet, traffic, states, finish } = await start();
    const invalidated = async () => {
      for (const member of fleet) expect(await traffic.invalidate(member, 1)).toBe(true);
      await setTimeout(300);
    };
    for (const key of ['{thing_1}', '{thing:1}']) await cluster.migrate(slotOf(key), invalidated);
    await finish('cluster, two slots migrated');
    for (const each of states()) expect(each).toEqual(['store-up']);
  });

  it('answer while a master is gone, and use it when it is back', async () => {
    const { cluster, states, finish } = await start();
    const [, , third] = cluster.nodes;
    await third?.stop();
    await setTimeout(1500);
    await third?.restart();
    await finish('cluster, one master killed');
    for (const each of states()) expect(each.at(-1)).toBe('store-up');
  });
});
