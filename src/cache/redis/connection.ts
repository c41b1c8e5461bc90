import { once } from 'node:events';
import { Cluster, Redis } from 'ioredis';
import { systemClock } from '../clock.ts';
import { watchStalls } from '../stalls.ts';
import { requireHandshake } from './handshake.ts';
import { watchLiveness } from './liveness.ts';
import { type Address, roundRobinConnector } from './round-robin.ts';

/** How to be let in where no URL says it. */
interface RedisAccess {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: boolean;
}

/** Where Redis is: one server, the master that Sentinels name, or a Cluster of which some nodes are known. */
export type RedisServer =
  | { readonly kind: 'single'; readonly url: string }
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly Address[];
      readonly name: string;
      readonly sentinelPassword: string | undefined;
      readonly access: RedisAccess;
    }
  | { readonly kind: 'cluster'; readonly nodes: readonly Address[]; readonly access: RedisAccess };

// What a start waits for a Redis that does not answer: long enough for one across a network, and no longer.
const FIRST_CONNECTION_MS = 500;

// Wide enough that a fleet which lost one Redis does not come back to it in step.
const RECONNECT_MIN_MS = 100;
const RECONNECT_MAX_MS = 5000;
const CONNECT_TIMEOUT_MS = 2000;
const AFTER_STALL_MS = 1000;

const SENTINEL_TIMEOUT_MS = 2000;

// A node of a cluster is tried this often before the cluster is asked for its nodes anew: it may never come back.
const NODE_RECONNECTS = 5;

// A master that died says nothing of the replica that took over, and is no more asked: somebody else has to be.
const SLOTS_REFRESH_MS = 2000;

/**
 * A connection that is up or has failed once, so that a process which has just started finds what others stored.
 * After that commands fail at once while it is down, and it comes back by itself for as long as it lives.
 */
export async function connectRedis(server: RedisServer, random: () => number): Promise<Redis | Cluster> {
  if (server.kind !== 'cluster') return started(connectOne(server, random));
  const cluster = connectCluster(server, random);
  const signal = AbortSignal.timeout(FIRST_CONNECTION_MS);
  await started(cluster, signal);
  await Promise.all(cluster.nodes('master').map((node) => started(node, signal)));
  return cluster;
}

/** A connection of its own that can listen. In a cluster it is to one node, as every node hears what is published. */
export async function connectSubscriber(server: RedisServer, random: () => number): Promise<Redis> {
  if (server.kind !== 'cluster') return started(connectOne(server, random));
  // Not a Cluster: that changes its node without a word, and what was said meanwhile would be missed unnoticed.
  const Connector = roundRobinConnector(server.nodes, server.access.tls);
  return started(watched(new Redis({ ...settings(random), ...credentials(server.access), Connector })));
}

function connectOne(server: Exclude<RedisServer, { kind: 'cluster' }>, random: () => number): Redis {
  if (server.kind === 'single') return watched(new Redis(server.url, settings(random)));
  const { sentinels, name, sentinelPassword, access } = server;
  return watched(
    new Redis({
      ...settings(random),
      ...credentials(access),
      sentinels: sentinels.map((address) => ({ ...address })),
      name,
      ...(sentinelPassword !== undefined && { sentinelPassword }),
      ...(access.tls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
      sentinelCommandTimeout: SENTINEL_TIMEOUT_MS,
      sentinelRetryStrategy: reconnectDelay(random),
      // Not `failoverDetector`: in ioredis 6.0.0 it ends the connection for good where a failover is announced while
      // the connection is being made. A deposed master is noticed as it closes, falls silent or refuses to write.
      reconnectOnError: ({ message }: Error) => message.startsWith('READONLY'),
    }),
  );
}

function connectCluster(
  { nodes, access }: Extract<RedisServer, { kind: 'cluster' }>,
  random: () => number,
): Cluster {
  const { retryStrategy, enableOfflineQueue, ...redisOptions } = settings(random);
  const cluster = new Cluster(
    nodes.map((address) => ({ ...address })),
    {
      enableOfflineQueue,
      // It asks a node whose connection may still be on its way, which without a queue is a failure and a new start.
      enableReadyCheck: false,
      clusterRetryStrategy: retryStrategy,
      clusterNodeRetryStrategy: (attempt) => (attempt > NODE_RECONNECTS ? null : retryStrategy(attempt)),
      slotsRefreshInterval: SLOTS_REFRESH_MS,
      redisOptions: { ...redisOptions, ...credentials(access) },
      lazyConnect: true,
    },
  );
  // Connected before the first command needs it: that would fail, as nothing waits for a connection. But not while
  // the cluster is looked for: ioredis 6.0.0 waits for the end of the nodes that it drops when it finds none, and a
  // node that is about to connect again never tells of its end.
  cluster.on('ready', () => cluster.nodes().forEach(connectIdle));
  cluster.on('+node', (node: Redis) => {
    watched(node);
    if (cluster.status === 'ready') setImmediate(() => connectIdle(node));
  });
  void cluster.connect().catch(() => {});
  return quiet(cluster);
}

function connectIdle(node: Redis): void {
  if (node.status === 'wait') void node.connect().catch(() => {});
}

function settings(random: () => number) {
  return {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // The backplane subscribes by itself: nobody handles the promise of what ioredis subscribes to again, so a refusal
    // would end the process.
    autoResubscribe: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: reconnectDelay(random),
  };
}

function reconnectDelay(random: () => number): (attempt: number) => number {
  const stalls = watchStalls();
  return (attempt) => {
    // What was cut while this process stood still is made again at once: until then nothing can be verified.
    const isAfterStall = attempt === 1 && systemClock.monotonic() - stalls.lastEndedAt < AFTER_STALL_MS;
    return isAfterStall ? 1 : delayOf(attempt);
  };

  function delayOf(attempt: number): number {
    const upTo = Math.min(RECONNECT_MAX_MS, RECONNECT_MIN_MS * 2 ** Math.min(attempt, 10));
    return RECONNECT_MIN_MS + random() * upTo;
  }
}

function credentials({ username, password, tls }: RedisAccess) {
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
  };
}

function watched(redis: Redis): Redis {
  requireHandshake(redis);
  watchLiveness(redis);
  return quiet(redis);
}

/** Without a listener ioredis writes every failed attempt to the console; the client reports the change of state. */
function quiet<T extends Redis | Cluster>(redis: T): T {
  redis.on('error', () => {});
  return redis;
}

async function started<T extends Redis | Cluster>(
  redis: T,
  signal = AbortSignal.timeout(FIRST_CONNECTION_MS),
): Promise<T> {
  if (redis.status === 'ready') return redis;
  await Promise.any([once(redis, 'ready', { signal }), once(redis, 'close', { signal })]).catch(() => {});
  return redis;
}
