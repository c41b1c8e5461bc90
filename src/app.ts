import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Cluster, Redis } from 'ioredis';
import { createCache } from './cache/cache.ts';
import type { Clock } from './cache/clock.ts';
import { createMemoryStore } from './cache/memory-store.ts';
import { createRedisBackplane } from './cache/redis-backplane.ts';
import { createRedisClient } from './cache/redis-client.ts';
import { connectRedis, connectSubscriber } from './cache/redis-connection.ts';
import { createSharedTier } from './cache/shared-tier.ts';
import type { Config } from './config.ts';
import { answerCodec, weightOf } from './http/caching/stored-answer.ts';
import { createGateway } from './http/gateway.ts';
import { createDocumentStore } from './http/persisted/document-store.ts';
import { createPersistedDocuments } from './http/persisted/documents.ts';
import { createHttpServer } from './http/server.ts';
import { failureCodec } from './repository/failure-codec.ts';
import { createRepository } from './repository/index.ts';
import type { GatewayEvent } from './telemetry/log-events.ts';
import { createCatalogApi } from './upstream/catalog-api.ts';
import type { Sandbox } from './upstream/sandbox/server.ts';
import type { Credentials } from './upstream/token.ts';

// Larger answers are made anew each time: a few of them would have all the memory.
const MOST_ANSWER_BYTES = 4 * 1024 * 1024;

/** The gateway, put together. */
export interface App {
  readonly port: number;
  /** The embedded sandbox, where that is the upstream. */
  readonly sandbox: Sandbox | null;
  /** Lets open requests finish, then what was still to be written to Redis, then lets go of everything. */
  close(): Promise<void>;
}

/** What the gateway takes from its surroundings. */
export interface Surroundings {
  readonly report: (event: GatewayEvent) => void;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Composes the gateway and starts to listen. Redis and the upstream need not be there.
 * @throws the system's error where the address cannot be listened on; nothing is left running then.
 */
export async function startApp(config: Config, surroundings: Surroundings): Promise<App> {
  const { report, clock, random } = surroundings;
  const sandbox =
    config.upstream.source.kind === 'sandbox' ? await startEmbeddedSandbox(config, clock) : null;
  const { redis: redisConfig } = config.cache;
  const [redis, subscriber] = redisConfig
    ? await Promise.all([
        connectRedis(redisConfig.server, random),
        connectSubscriber(redisConfig.server, random),
      ])
    : [null, null];
  const cache = createCache({
    keyPrefix: config.cache.keyPrefix,
    memory: createMemoryStore(config.cache.memoryBytes),
    shared:
      redis &&
      createSharedTier(
        createRedisClient(redis, report, redisConfig?.budgetMs),
        config.cache.keyPrefix,
        randomUUID,
      ),
    backplane:
      redis &&
      subscriber &&
      createRedisBackplane(redis, subscriber, `${config.cache.keyPrefix}backplane`, randomUUID(), report),
    clock,
    sleep: (ms, signal) => setTimeout(ms, undefined, { ref: false, ...(signal && { signal }) }),
    random,
    newToken: randomUUID,
    report,
    failureCodec,
    trustMs: 1000,
    budgetMs: redisConfig?.budgetMs ?? 0,
    leaseMs: 2000,
    waitMs: config.upstream.deadlineMs,
    tripMs: 1000,
  });
  const { source, ...upstream } = config.upstream;
  const api = createCatalogApi({
    ...(source.kind === 'abconnect' ? source : (sandbox as EmbeddedSandbox)),
    ...upstream,
    report,
    clock,
    random,
  });
  const repository = createRepository({
    cache,
    api,
    ttlMs: config.ttlMs,
    businessTimeZone: config.businessTimeZone,
    clock,
  });
  const server = createHttpServer(
    createGateway({
      ...config.http,
      adminToken: config.adminToken,
      repository,
      store: cache.derived({
        name: 'answers',
        codec: answerCodec,
        memoryBytes: config.http.responseCache.memoryBytes,
        weigh: weightOf,
        maxBytes: MOST_ANSWER_BYTES,
      }),
      persisted: createPersistedDocuments({
        ...config.http.persisted,
        store: createDocumentStore(cache),
      }),
      sharedAnswers: config.http.responseCache.shared,
      surrogateKeys: config.http.responseCache.surrogateKeys,
      minIntervalMs: config.http.responseCache.minIntervalMs,
      cacheDebug: !config.production,
      // Redis is a guest: without it the gateway still answers, so it is told here and decides nothing.
      readiness: () => ({ ready: server.open, redis: redisState(redis) }),
      routes: [],
      clock,
      report,
    }),
  );

  const letGo = async () => {
    redis?.disconnect();
    subscriber?.disconnect();
    await sandbox?.close();
  };
  try {
    const port = await server.listen(config.http.host, config.http.port);
    return {
      port,
      sandbox,
      async close() {
        await server.close(config.http.shutdownGraceMs);
        // A refresh may hang on the upstream for longer than anybody waits for a process to end.
        await Promise.race([
          cache.idle(),
          setTimeout(config.http.shutdownGraceMs, undefined, { ref: false }),
        ]);
        await letGo();
      },
    };
  } catch (error) {
    await letGo();
    throw error;
  }
}

type EmbeddedSandbox = Sandbox & { readonly credentials: Credentials };

async function startEmbeddedSandbox(config: Config, clock: Surroundings['clock']): Promise<EmbeddedSandbox> {
  // Loaded only where it is asked for: no other process has made-up data within reach.
  const { SANDBOX_CREDENTIALS, startSandbox } = await import('./upstream/sandbox/server.ts');
  const sandbox = await startSandbox({
    host: '127.0.0.1',
    port: 0,
    settings: config.sandbox.settings,
    clock,
  });
  return { ...sandbox, credentials: SANDBOX_CREDENTIALS };
}

function redisState(redis: Redis | Cluster | null): 'off' | 'up' | 'down' {
  if (!redis) return 'off';
  return redis.status === 'ready' ? 'up' : 'down';
}
