import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort, startRedis, type TestRedis, withFreePorts } from './redis.ts';

const SLOTS = 16_384;

/** A real Redis Cluster of three masters. */
export interface TestRedisCluster {
  readonly nodes: readonly TestRedis[];
  /** Moves a slot with its keys to another node, which is a `move` at a time; `pause` runs halfway. */
  migrate(slot: number, pause?: () => Promise<void>): Promise<void>;
  kill(): Promise<void>;
}

export async function startRedisCluster(): Promise<TestRedisCluster> {
  const nodes = await Promise.all([1, 2, 3].map(() => withFreePorts(startNode)));
  const clients = nodes.map(({ url }) => new Redis(url).on('error', () => {}));
  const [first] = nodes as [TestRedis];
  await Promise.all(
    clients.map(async (client, index) => {
      const [from, to] = [Math.ceil((index * SLOTS) / 3), Math.ceil(((index + 1) * SLOTS) / 3) - 1];
      await client.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
      // Without epochs of their own the nodes would first have to settle whose claims win.
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    }),
  );
  for (const client of clients.slice(1))
    await client.call('CLUSTER', 'MEET', '127.0.0.1', first.port, await busPort(clients[0] as Redis));
  await Promise.all(clients.map(untilWhole));

  return {
    nodes,
    async migrate(slot, pause = async () => {}) {
      const source = clients[await ownerOf(slot)] as Redis;
      const target = clients[((await ownerOf(slot)) + 1) % clients.length] as Redis;
      const [sourceId, targetId] = await Promise.all([idOf(source), idOf(target)]);
      await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', sourceId);
      await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', targetId);
      await pause();
      for (;;) {
        const keys = (await source.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[];
        if (keys.length === 0) break;
        const { port } = target.options;
        await source.call('MIGRATE', '127.0.0.1', port as number, '', 0, 2000, 'KEYS', ...keys);
      }
      await pause();
      for (const client of [target, source, ...clients])
        await client.call('CLUSTER', 'SETSLOT', slot, 'NODE', targetId);
    },
    async kill() {
      for (const client of clients) client.disconnect();
      await Promise.all(nodes.map((node) => node.kill()));
    },
  };

  async function startNode(): Promise<TestRedis> {
    const options = {
      'cluster-enabled': 'yes',
      'cluster-port': await freePort(),
      'cluster-node-timeout': 2000,
    };
    return startRedis(Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]));
  }

  async function ownerOf(slot: number): Promise<number> {
    const ranges = (await (clients[0] as Redis).call('CLUSTER', 'SLOTS')) as [
      number,
      number,
      [string, number],
    ][];
    const port = ranges.find(([from, to]) => from <= slot && slot <= to)?.[2][1];
    return nodes.findIndex((node) => node.port === port);
  }
}

async function idOf(client: Redis): Promise<string> {
  return String(await client.call('CLUSTER', 'MYID'));
}

async function busPort(client: Redis): Promise<number> {
  const [, port] = (await client.call('CONFIG', 'GET', 'cluster-port')) as [string, string];
  return Number(port);
}

async function untilWhole(client: Redis): Promise<void> {
  for (;;) {
    const info = String(await client.call('CLUSTER', 'INFO'));
    if (info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3')) return;
    await setTimeout(50);
  }
}
