import { once } from 'node:events';
import { Cluster, Redis } from 'ioredis';
import { systemClock } from '../clock.ts';
import { watchStalls } from '../stalls.ts';
import { requireHandshake, watchLiveness } from './connection-health.ts';
import { type Address, roundRobinConnector } from './round-robin.ts';

/** Credentials and TLS for servers that are not given as a URL. */
interface RedisAccess {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: boolean;
}

/** The location of Redis: one server, the primary that Sentinels name, or a Cluster with some known nodes. */
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

// The longest time that a start waits for Redis: enough for a connection across a network.
const FIRST_CONNECTION_MS = 500;

// A wide range, so that the processes of a fleet that lost Redis do not reconnect in step.
const RECONNECT_MIN_MS = 100;
const RECONNECT_MAX_MS = 5000;
const CONNECT_TIMEOUT_MS = 2000;
const AFTER_STALL_MS = 1000;

const SENTINEL_TIMEOUT_MS = 2000;

// Attempts to reconnect to a cluster node before the list of nodes is read again: the node may never come back.
const NODE_RECONNECTS = 5;

// A dead primary cannot report the replica that took over, so the slots are read from other nodes at this interval.
const SLOTS_REFRESH_MS = 2000;

/**
 * Resolves once the connection is up or has failed once, so that a new process finds what others stored. Afterwards,
 * commands fail at once while the connection is down. It reconnects by itself until it is closed.
 */
export async function connectRedis(server: RedisServer, random: () => number): Promise<Redis | Cluster> {
  if (server.kind !== 'cluster') return started(connectOne(server, random));
  const cluster = connectCluster(server, random);
  const signal = AbortSignal.timeout(FIRST_CONNECTION_MS);
  await started(cluster, signal);
  await Promise.all(cluster.nodes('master').map((node) => started(node, signal)));
  return cluster;
}

/** A separate connection for subscriptions. In a cluster it uses one node, because every node receives all messages. */
export async function connectSubscriber(server: RedisServer, random: () => number): Promise<Redis> {
  if (server.kind !== 'cluster') return started(connectOne(server, random));
  // Not a Cluster: it changes its node without an event, so messages lost meanwhile would go unnoticed.
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
      // Not `failoverDetector`: in ioredis 6.0.0 it ends the connection for good if a failover is announced while the
      // connection is being established. A former primary is detected when it closes, stops replying or refuses writes.
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
      // The check uses a node that may still be connecting. Without an offline queue it fails, and the cluster reconnects.
      enableReadyCheck: false,
      clusterRetryStrategy: retryStrategy,
      clusterNodeRetryStrategy: (attempt) => (attempt > NODE_RECONNECTS ? null : retryStrategy(attempt)),
      slotsRefreshInterval: SLOTS_REFRESH_MS,
      redisOptions: { ...redisOptions, ...credentials(access) },
      lazyConnect: true,
    },
  );
  // Each node connects before its first command, which would fail without a connection. But not during the discovery of
  // the cluster: if ioredis 6.0.0 finds no usable node, it waits for the `end` event of the nodes that it drops, and a
  // node that is about to reconnect never emits it.
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
    // The backplane subscribes by itself. ioredis does not handle the promise of its own resubscription, so a refusal
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
    // A connection that was cut during a stall reconnects at once: until then nothing can be verified.
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
