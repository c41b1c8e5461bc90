import { type Cache, type CacheModule, type Clock, openCache, sleep } from '../cache/index.ts';
import type { Config } from '../config/config.ts';
import { failureCodec } from '../repository/failure-codec.ts';
import { createRepository, type Maintenance, type Repository } from '../repository/index.ts';
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
  /** Opens the small state that processes share. */
  readonly keyValue: CacheModule['keyValue'];
  readonly api: CatalogApi;
  readonly repository: Repository;
  /** Not started. */
  readonly maintenance: Maintenance;
  /** What operators read of Redis; null where the cache is in memory alone. */
  readonly redis: CacheModule['redis'];
  /** Down also while Redis is slower than a request waits for it. */
  redisState(): CacheModule['state'];
  /** The embedded sandbox, where that is the upstream. */
  readonly sandbox: Sandbox | null;
  /** Lets go of everything, without waiting for what is under way. */
  close(): Promise<void>;
}

/** Puts together what stands below HTTP. Redis and the upstream need not be there. */
export async function createCore(config: Config, { report, clock, random }: Surroundings): Promise<Core> {
  const sandbox =
    config.upstream.source.kind === 'sandbox' ? await startEmbeddedSandbox(config, clock) : null;
  const opened = await openCache({ ...config.cache, report, clock, random, failureCodec });
  const { cache, keyValue } = opened;
  const { source, ...upstream } = config.upstream;
  const api = createCatalogApi({
    ...(source.kind === 'abconnect' ? source : (sandbox as EmbeddedSandbox)),
    ...upstream,
    sharedPauses: opened.pauses,
    report,
    clock,
    random,
  });
  const repository = createRepository({
    cache,
    keyValue,
    api,
    ttlMs: config.ttlMs,
    adaptiveTtl: config.adaptiveTtl,
    businessTimeZone: config.businessTimeZone,
    clock,
    report,
  });
  return {
    cache,
    keyValue,
    api,
    repository,
    maintenance: repository.createMaintenance({ ...config.maintenance, clock, random, sleep }),
    redis: opened.redis,
    redisState: () => opened.state,
    sandbox,
    async close() {
      opened.close();
      await sandbox?.close();
    },
  };
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
