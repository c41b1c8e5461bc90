import { setTimeout } from 'node:timers/promises';
import { startRedis, type TestRedis } from './redis.ts';
import { type Guard, open } from './redis-guard.ts';

/** A real master with a replica, and a Sentinel that monitors them. */
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

/** `guard` applies to the master and its replica, `sentinelGuard` to the Sentinel. */
export async function startRedisSentinel(
  guard: Guard = open,
  sentinelGuard: Guard = open,
): Promise<TestRedisSentinel> {
  await using started = new AsyncDisposableStack();
  const keep = (redis: TestRedis) => {
    started.defer(() => redis.kill());
    return redis;
  };
  const master = keep(await startRedis([], undefined, guard));
  const replica = keep(await startRedis(['--replicaof', '127.0.0.1', `${master.port}`], undefined, guard));
  await untilReplicated(replica);
  const { username, password } = guard.operator;
  const sentinel = keep(
    await startRedis(
      ['--sentinel'],
      `sentinel monitor ${NAME} 127.0.0.1 ${master.port} 1
sentinel down-after-milliseconds ${NAME} 500
sentinel failover-timeout ${NAME} 5000
${username ? `sentinel auth-user ${NAME} ${username}` : ''}
${password ? `sentinel auth-pass ${NAME} "${password}"` : ''}
`,
      sentinelGuard,
    ),
  );
  const client = started.adopt(sentinel.connect(), (each) => each.disconnect());
  await until(async () =>
    String(await client.call('SENTINEL', 'REPLICAS', NAME)).includes(`${replica.port}`),
  );
  const running = started.move();
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
    kill: () => running.disposeAsync(),
  };
}

async function untilReplicated(replica: TestRedis): Promise<void> {
  const client = replica.connect();
  await until(async () => (await client.info('replication')).includes('master_link_status:up'));
  client.disconnect();
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(50);
}
