import { type Cache, type CacheModule, type Clock, openCache, sleep } from '../cache/index.ts';
import type { Config } from '../config/config.ts';
import { failureCodec } from '../repository/failure-codec.ts';
import { createRepository, type Maintenance, type Repository } from '../repository/index.ts';
import { pauseKey } from '../repository/keys.ts';
import type { Sandbox } from '../sandbox/server.ts';
import type { GatewayEvent } from '../telemetry/logs/log-events.ts';
import { type CatalogApi, createCatalogApi } from '../upstream/catalog-api.ts';
import type { Credentials } from '../upstream/token.ts';

/** External dependencies of the gateway. */
export interface Surroundings {
  readonly report: (event: GatewayEvent) => void;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Everything below HTTP: the gateway serves from it, and the command line works on it. */
export interface Core {
  readonly cache: Cache;
  /** Opens a kind of small state that processes share. */
  readonly keyValue: CacheModule['keyValue'];
  readonly api: CatalogApi;
  readonly repository: Repository;
  /** Not started. */
  readonly maintenance: Maintenance;
  /** What operators read from Redis; null if the cache is in memory only. */
  readonly redis: CacheModule['redis'];
  /** `down` also while Redis replies later than the budget of a request. */
  redisState(): CacheModule['state'];
  /** The embedded sandbox, if it is the upstream. */
  readonly sandbox: Sandbox | null;
  /** Where users' passwords are checked, and the client that checks them. */
  readonly identity: { readonly identityUrl: string; readonly credentials: Credentials };
  /** Closes all connections, without waiting for work in progress. */
  close(): Promise<void>;
}

/** Creates everything below HTTP. Redis and the upstream may be down. */
export async function createCore(config: Config, { report, clock, random }: Surroundings): Promise<Core> {
  const sandbox =
    config.upstream.source.kind === 'sandbox' ? await startEmbeddedSandbox(config, report, clock) : null;
  const opened = await openCache({ ...config.cache, report, clock, random, failureCodec });
  const { cache, keyValue, pauses } = opened;
  const { source, ...upstream } = config.upstream;
  const service = source.kind === 'abconnect' ? source : (sandbox as EmbeddedSandbox);
  const api = createCatalogApi({
    ...service,
    ...upstream,
    sharedPauses: pauses && {
      remainingMs: (service) => pauses.remainingMs(pauseKey(service)),
      extend: (service, ms) => pauses.extend(pauseKey(service), ms),
    },
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
    sortLocale: config.sortLocale,
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
    identity: { identityUrl: service.identityUrl, credentials: service.credentials },
    async close() {
      opened.close();
      await sandbox?.close();
    },
  };
}

type EmbeddedSandbox = Sandbox & { readonly credentials: Credentials };

async function startEmbeddedSandbox(
  config: Config,
  report: Surroundings['report'],
  clock: Clock,
): Promise<EmbeddedSandbox> {
  // Imported only if configured, so that no other process can serve made-up data.
  const { SANDBOX_CREDENTIALS, startSandbox } = await import('../sandbox/server.ts');
  const sandbox = await startSandbox({
    host: '127.0.0.1',
    port: 0,
    settings: config.sandbox.settings,
    clock,
    webhooks: config.sandbox.webhooks && { ...config.sandbox.webhooks, sleep, report },
  });
  return { ...sandbox, credentials: SANDBOX_CREDENTIALS };
}
