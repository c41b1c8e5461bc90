import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startRedis, type TestRedis } from './redis.ts';

/** A real master with a replica, and a Sentinel that watches them. */
export interface TestRedisSentinel {
  readonly name: string;
  readonly sentinel: TestRedis;
  readonly master: TestRedis;
  readonly replica: TestRedis;
  /** Resolves when the Sentinel names the replica. */
  untilReplaced(): Promise<void>;
  kill(): Promise<void>;
}

const NAME = 'catalogs';

export async function startRedisSentinel(): Promise<TestRedisSentinel> {
  const master = await startRedis();
  const replica = await startRedis(['--replicaof', '127.0.0.1', `${master.port}`]);
  await untilReplicated(replica);
  const sentinel = await startRedis(
    ['--sentinel'],
    `sentinel monitor ${NAME} 127.0.0.1 ${master.port} 1
sentinel down-after-milliseconds ${NAME} 500
sentinel failover-timeout ${NAME} 5000
`,
  );
  const client = new Redis(sentinel.url);
  await until(async () =>
    String(await client.call('SENTINEL', 'REPLICAS', NAME)).includes(`${replica.port}`),
  );
  return {
    name: NAME,
    sentinel,
    master,
    replica,
    untilReplaced: () =>
      until(async () => {
        const [, port] = (await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)) as [string, string];
        return Number(port) === replica.port;
      }),
    async kill() {
      client.disconnect();
      await Promise.all([sentinel, master, replica].map((each) => each.kill()));
    },
  };
}

async function untilReplicated(replica: TestRedis): Promise<void> {
  const client = new Redis(replica.url);
  await until(async () => (await client.info('replication')).includes('master_link_status:up'));
  client.disconnect();
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(50);
}
