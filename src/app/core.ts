import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Cluster, Redis } from 'ioredis';
import {
  type Cache,
  type Clock,
  connectRedis,
  connectSubscriber,
  createCache,
  createMemoryStore,
  createRedisBackplane,
  createRedisClient,
  createSharedPauses,
  createSharedTier,
} from '../cache/index.ts';
import type { Config } from '../config/config.ts';
import { failureCodec } from '../repository/failure-codec.ts';
import { createRepository, type Repository, type Upkeep } from '../repository/index.ts';
import type { Sandbox } from '../sandbox/server.ts';
import type { GatewayEvent } from '../telemetry/logs/log-events.ts';
import { type CatalogApi, createCatalogApi } from '../upstream/catalog-api.ts';
import type { Credentials } from '../upstream/token.ts';

/** What the gateway takes from its surroundings. */
export interface Surroundings {
  readonly report: (event: GatewayEvent) => void;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Everything below HTTP: what the gateway serves from, and what the command line works on. */
export interface Core {
  readonly cache: Cache;
  readonly api: CatalogApi;
  readonly repository: Repository;
  /** Not started. */
  readonly upkeep: Upkeep;
  /** Null where the cache is in memory alone. */
  readonly redis: Redis | Cluster | null;
  /** Down also while Redis is slower than a request waits for it. */
  redisState(): 'off' | 'up' | 'down';
  /** The embedded sandbox, where that is the upstream. */
  readonly sandbox: Sandbox | null;
  /** Lets go of everything, without waiting for what is under way. */
  close(): Promise<void>;
}

/** Puts together what stands below HTTP. Redis and the upstream need not be there. */
export async function createCore(config: Config, { report, clock, random }: Surroundings): Promise<Core> {
  const sandbox =
    config.upstream.source.kind === 'sandbox' ? await startEmbeddedSandbox(config, clock) : null;
  const { redis: redisConfig, keyPrefix, sourcePrefix } = config.cache;
  const [redis, subscriber] = redisConfig
    ? await Promise.all([
        connectRedis(redisConfig.server, random),
        connectSubscriber(redisConfig.server, random),
      ])
    : [null, null];
  const port = redis && createRedisClient(redis, report, redisConfig?.budgetMs);
  const cache = createCache({
    keyPrefix,
    memory: createMemoryStore(config.cache.memoryBytes),
    shared: port && createSharedTier(port, sourcePrefix, randomUUID),
    backplane:
      redis &&
      subscriber &&
      createRedisBackplane(redis, subscriber, `${sourcePrefix}backplane`, randomUUID(), report),
    clock,
    sleep,
    random,
    newToken: randomUUID,
    report,
    failureCodec,
    trustMs: 1000,
    budgetMs: redisConfig?.budgetMs ?? 0,
    leaseMs: 2000,
    tripMs: 1000,
  });
  const { source, ...upstream } = config.upstream;
  const api = createCatalogApi({
    ...(source.kind === 'abconnect' ? source : (sandbox as EmbeddedSandbox)),
    ...upstream,
    sharedPauses:
      port &&
      createSharedPauses({
        redis: port,
        keyPrefix: sourcePrefix,
        clock,
        timeoutMs: redisConfig?.budgetMs ?? 0,
      }),
    report,
    clock,
    random,
  });
  const repository = createRepository({
    cache,
    api,
    ttlMs: config.ttlMs,
    adaptiveTtl: config.adaptiveTtl,
    businessTimeZone: config.businessTimeZone,
    clock,
    report,
  });
  return {
    cache,
    api,
    repository,
    upkeep: repository.createUpkeep({ ...config.upkeep, clock, random, sleep }),
    redis,
    redisState: () => (port === null ? 'off' : port.isUp ? 'up' : 'down'),
    sandbox,
    async close() {
      redis?.disconnect();
      subscriber?.disconnect();
      await sandbox?.close();
    },
  };
}

/** No process stays for a sleep of its own. */
async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { ref: false, ...(signal && { signal }) });
}

type EmbeddedSandbox = Sandbox & { readonly credentials: Credentials };

async function startEmbeddedSandbox(config: Config, clock: Clock): Promise<EmbeddedSandbox> {
  // Loaded only where it is asked for: no other process has made-up data within reach.
  const { SANDBOX_CREDENTIALS, startSandbox } = await import('../sandbox/server.ts');
  const sandbox = await startSandbox({
    host: '127.0.0.1',
    port: 0,
    settings: config.sandbox.settings,
    clock,
  });
  return { ...sandbox, credentials: SANDBOX_CREDENTIALS };
}
