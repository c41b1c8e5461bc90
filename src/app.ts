import { setTimeout } from 'node:timers/promises';
import type { Cluster, Redis } from 'ioredis';
import type { Config } from './config.ts';
import { createCore, type Surroundings } from './core.ts';
import { answerCodec, weightOf } from './http/caching/stored-answer.ts';
import { createGateway } from './http/gateway.ts';
import { createCatalogHook } from './http/hooks/catalog-hook.ts';
import { createDeliveries } from './http/hooks/deliveries.ts';
import { createDocumentStore } from './http/persisted/document-store.ts';
import { createPersistedDocuments } from './http/persisted/documents.ts';
import { createHttpServer } from './http/server.ts';
import type { Sandbox } from './upstream/sandbox/server.ts';

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

/**
 * Composes the gateway and starts to listen. Redis and the upstream need not be there.
 * @throws the system's error where the address cannot be listened on; nothing is left running then.
 */
export async function startApp(config: Config, surroundings: Surroundings): Promise<App> {
  const { report, clock } = surroundings;
  const core = await createCore(config, surroundings);
  const { cache, repository, upkeep, redis, sandbox } = core;
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
      readiness: () => ({ ready: server.open && isWarm(), redis: redisState(redis), warm: isWarm() }),
      routes: [
        createCatalogHook({
          secrets: config.hookSecrets,
          signals: repository.signals,
          deliveries: createDeliveries(cache),
          clock,
          report,
        }),
      ],
      clock,
      report,
    }),
  );

  try {
    const port = await server.listen(config.http.host, config.http.port);
    upkeep.start();
    return {
      port,
      sandbox,
      async close() {
        const stopped = upkeep.stop();
        await server.close(config.http.shutdownGraceMs);
        // A refresh may hang on the upstream for longer than anybody waits for a process to end.
        await Promise.race([
          stopped.then(() => cache.idle()),
          setTimeout(config.http.shutdownGraceMs, undefined, { ref: false }),
        ]);
        await core.close();
      },
    };
  } catch (error) {
    await core.close();
    throw error;
  }

  function isWarm(): boolean {
    return !config.upkeep.readyAfterWarm || upkeep.warmedUp;
  }
}

function redisState(redis: Redis | Cluster | null): 'off' | 'up' | 'down' {
  if (!redis) return 'off';
  return redis.status === 'ready' ? 'up' : 'down';
}
