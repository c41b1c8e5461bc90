import { setTimeout } from 'node:timers/promises';
import slotOf from 'cluster-key-slot';
import { describe, expect, it, onTestFinished } from 'vitest';
import { noRedis } from '../support/redis.ts';
import { type ClusterOptions, startRedisCluster } from '../support/redis-cluster.ts';
import { type Member, startFleet } from './fleet.ts';
import { startScene } from './scene.ts';

const IDS = [1, 2, 3, 4, 5, 6, 7, 8];
const access = { username: undefined, password: undefined, tls: false };

async function start(options: ClusterOptions = {}) {
  const cluster = await startRedisCluster(options);
  onTestFinished(() => cluster.kill());
  const nodes = cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
  const server = { kind: 'cluster', nodes, access } as const;
  return { cluster, server, ...(await startScene({ server, budgetMs: 2000 })) };
}

describe.skipIf(noRedis)('three processes with a Cluster of three masters', () => {
  it('load each key once, and once more per invalidation', async () => {
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

  it('answer while a master is down, and use it after its return', async () => {
    const { cluster, states, finish } = await start();
    const [, , third] = cluster.nodes;
    await third?.stop();
    await setTimeout(1500);
    await third?.restart();
    await finish('cluster, one master killed');
    for (const each of states()) expect(each.at(-1)).toBe('store-up');
  });

  it('answer while a replica takes over from a dead master, and then share through it', async () => {
    const { cluster, server, fleet, traffic, upstream, states, finish } = await start({ replica: true });
    const [, , third] = cluster.nodes;
    const ofThird = async (keyOf: (id: number) => string) => {
      const owners = await Promise.all(IDS.map((id) => cluster.ownerOf(slotOf(keyOf(id)))));
      return IDS.filter((_, index) => owners[index] === third) as [number, ...number[]];
    };
    const entries = await ofThird((id) => `{thing_${id}}`);
    const [generation] = await ofThird((id) => `{thing:${id}}`);
    const before = upstream.loads;
    await third?.stop();
    expect(await traffic.invalidate(fleet[0], generation)).toBe(false);
    while ((await cluster.ownerOf(slotOf(`{thing:${generation}}`))) === third) await setTimeout(50);
    // Memory outlives the master: nothing is loaded for its death.
    expect(upstream.loads).toBe(before);
    await finish('cluster, a replica took over');
    for (const each of states()) expect(each.at(-1)).toBe('store-up');

    const loads = upstream.loads;
    const [late] = (await startFleet(1, { server, upstream, budgetMs: 2000 })) as [Member];
    onTestFinished(() => late.close());
    for (const id of entries) expect((await late.get(id)).version).toBe(upstream.versionOf(id));
    expect(upstream.loads).toBe(loads);
  });

  it('answer while the whole Cluster is down, and use it after its return, also in a process started meanwhile', async () => {
    const { cluster, server, upstream, states, finish } = await start();
    await Promise.all(cluster.nodes.map((node) => node.stop()));
    const [late] = (await startFleet(1, { server, upstream, budgetMs: 2000 })) as [Member];
    onTestFinished(() => late.close());
    expect((await late.get(1)).version).toBe(0);
    // Longer than its nodes are tried for.
    await setTimeout(7000);
    await Promise.all(cluster.nodes.map((node) => node.restart()));
    await finish('cluster, all masters killed');
    for (const each of states()) expect(each).toEqual(['store-up', 'store-down', 'store-up']);
    while (!late.events.some(({ type }) => type === 'store-up')) await setTimeout(50);
    expect(late.events.filter(({ type }) => type === 'store-down')).toHaveLength(1);
  });
});
