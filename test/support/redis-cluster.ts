import { setTimeout } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { freePort, startRedis, type TestRedis, withFreePorts } from './redis.ts';
import { type Guard, open } from './redis-guard.ts';

const SLOTS = 16_384;
const MASTERS = 3;

/** A real Redis Cluster of three masters. */
export interface TestRedisCluster {
  /** The initial masters, followed by the replica of the last master if there is one. */
  readonly nodes: readonly TestRedis[];
  /** The owner of a slot, according to the first node. */
  ownerOf(slot: number): Promise<TestRedis>;
  /** Moves a slot with its keys to another node, one `move` at a time; `pause` runs halfway. */
  migrate(slot: number, pause?: () => Promise<void>): Promise<void>;
  kill(): Promise<void>;
}

export interface ClusterOptions {
  readonly guard?: Guard;
  /** Whether the last master has a replica. */
  readonly replica?: boolean;
}

export async function startRedisCluster(options: ClusterOptions = {}): Promise<TestRedisCluster> {
  const { guard = open, replica = false } = options;
  await using started = new AsyncDisposableStack();
  const nodes: TestRedis[] = [];
  const all: Redis[] = [];
  // Start them one after another, so that a failed start leaves no other start pending.
  while (nodes.length < MASTERS + (replica ? 1 : 0)) {
    const node = await withFreePorts(startNode);
    started.defer(() => node.kill());
    nodes.push(node);
    all.push(started.adopt(node.connect(), (client) => client.disconnect()));
  }
  const clients = all.slice(0, MASTERS);
  const [first] = nodes as [TestRedis];
  await Promise.all(
    clients.map(async (client, index) => {
      const [from, to] = [
        Math.ceil((index * SLOTS) / MASTERS),
        Math.ceil(((index + 1) * SLOTS) / MASTERS) - 1,
      ];
      await client.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
      // Distinct epochs, or the nodes would first have to resolve conflicting claims.
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    }),
  );
  for (const client of all.slice(1))
    await client.call('CLUSTER', 'MEET', '127.0.0.1', first.port, await busPort(clients[0] as Redis));
  await untilAll('INFO', 'cluster_state:ok', `cluster_known_nodes:${nodes.length}`);
  for (const client of all.slice(MASTERS)) await replicate(client, await idOf(clients.at(-1) as Redis));
  const running = started.move();

  return {
    nodes,
    ownerOf: async (slot) => nodes[await ownerOf(slot)] as TestRedis,
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
    kill: () => running.disposeAsync(),
  };

  async function startNode(): Promise<TestRedis> {
    const settings = {
      'cluster-enabled': 'yes',
      'cluster-port': await freePort(),
      'cluster-node-timeout': 2000,
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, `${value}`]);
    return startRedis(args, undefined, guard);
  }

  async function replicate(client: Redis, masterId: string): Promise<void> {
    await client.call('CLUSTER', 'REPLICATE', masterId);
    while (!(await client.info('replication')).includes('master_link_status:up')) await setTimeout(50);
    // The masters vote only for a replica that they know.
    await untilAll('NODES', `slave ${masterId}`);
  }

  async function untilAll(subcommand: string, ...texts: readonly string[]): Promise<void> {
    for (const client of all) {
      for (;;) {
        const said = String(await client.call('CLUSTER', subcommand));
        if (texts.every((text) => said.includes(text))) break;
        await setTimeout(50);
      }
    }
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
