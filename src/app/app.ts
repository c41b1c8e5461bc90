import { hash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { localeOf, zoneOf } from '../config/namespaces.ts';
import type { Principal } from '../domain/principal.ts';
import { createAdmission } from '../http/auth/admission.ts';
import { keyOf } from '../http/auth/identity.ts';
import { createDocumentStore } from '../http/graphql/persisted/document-store.ts';
import { createPersistedDocuments } from '../http/graphql/persisted/documents.ts';
import { responseCodec, weightOf } from '../http/response-cache/stored-response.ts';
import { createRouter } from '../http/router.ts';
import { createHttpServer } from '../http/server.ts';
import { createWebhookRoutes } from '../http/webhook/route.ts';
import type { Sandbox } from '../sandbox/server.ts';
import type { ProcessMetrics } from '../telemetry/metrics/process-metrics.ts';
import { createAuth } from './auth.ts';
import { type Core, createCore, type Surroundings } from './core.ts';
import { createObservability } from './observability.ts';
import { createOperators } from './operators.ts';
import { digestOfProgram } from './release.ts';

// Larger responses are not cached: a few of them would fill the memory.
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** A running gateway. */
export interface App {
  readonly port: number;
  /** The embedded sandbox; null for another upstream. */
  readonly sandbox: Sandbox | null;
  /** Finishes open requests, then pending writes to Redis, then closes all connections. */
  close(): Promise<void>;
}

export interface AppSurroundings extends Surroundings {
  readonly process: ProcessMetrics;
}

/**
 * Puts the gateway together and starts to listen. Redis and the upstream may be down.
 * @throws the error of the system if it cannot listen on an address; nothing keeps running then.
 */
export async function startApp(config: Config, surroundings: AppSurroundings): Promise<App> {
  const { clock } = surroundings;
  const { host, port, keepAliveMs, shutdownGraceMs, responseCache } = config.http;
  const observability = await createObservability({
    config: config.telemetry,
    clock,
    report: surroundings.report,
  });
  const { report } = observability;
  const [core, program]: [Core, string] = await Promise.all([
    createCore(config, { ...surroundings, report }),
    // Only a shared Redis mixes the responses of releases.
    config.cache.redis ? digestOfProgram() : '',
  ]);
  const { cache, repository, maintenance, sandbox } = core;
  const personal = cache.derived({
    name: 'personal-answers',
    codec: responseCodec,
    memoryBytes: responseCache.memoryBytes / 8,
    weigh: weightOf,
    maxBytes: MAX_ANSWER_BYTES,
    isShared: false,
  });
  const ended = new WeakSet<Principal>();
  const auth = await createAuth(config, {
    ...surroundings,
    report,
    identity: core.identity,
    onEnd(principal) {
      ended.add(principal);
      personal.drop(`${keyOf(principal)}_`);
    },
  });
  const answers = cache.derived({
    name: 'answers',
    codec: responseCodec,
    memoryBytes: responseCache.memoryBytes,
    weigh: weightOf,
    maxBytes: MAX_ANSWER_BYTES,
    policy: policyDigest(config),
  });
  const {
    metrics,
    routes,
    server: metricsServer,
  } = observability.expose({
    cache: cache.usage,
    answers: answers.usage,
    redis: core.redisState,
    auth: auth.state,
    process: surroundings.process,
    pollMs: config.maintenance.pollMs,
  });
  const operators = createOperators(config, core, { report }, metrics, auth);
  const server = createHttpServer(
    createRouter({
      ...config.http,
      guard: operators.guard,
      repository,
      store: answers,
      persisted: createPersistedDocuments({
        ...config.http.persisted,
        store: createDocumentStore(core.keyValue),
      }),
      responsesDependOn: [
        program,
        zoneOf(config.businessTimeZone),
        localeOf(config.sortLocale),
        config.ttlMs.filter > 0,
      ],
      auth: auth.signIn,
      admit: createAdmission({
        auth: auth.signIn,
        sharedResponses: responseCache.shared,
        limit: auth.limit,
        addressOf: auth.addressOf,
        hasAdminToken: operators.guard?.hasToken ?? null,
      }),
      addressOf: auth.addressOf,
      credentialHeaders: credentialHeadersOf(config),
      personalStore: personal,
      hasEnded: (principal) => ended.has(principal),
      surrogateKeys: responseCache.surrogateKeys,
      minIntervalMs: responseCache.minIntervalMs,
      cacheDebug: !config.production,
      // Informational: without Redis the gateway still answers, so it stays ready.
      readiness: () => ({
        ready: server.open && isWarm(),
        redis: core.redisState(),
        ...(config.maintenance.readyAfterWarm && { warm: maintenance.warmedUp }),
      }),
      routes: [
        ...routes,
        ...operators.routes,
        ...auth.routes,
        ...createWebhookRoutes({
          secrets: config.webhookSecrets,
          signals: repository.signals,
          clock,
          report,
        }),
      ],
      clock,
      report,
    }),
    { keepAliveMs },
  );

  try {
    await metricsServer?.listen(host, config.telemetry.metricsPort ?? 0);
    const listeningOn = await server.listen(host, port);
    maintenance.start();
    operators.start();
    return { port: listeningOn, sandbox, close };
  } catch (error) {
    await release();
    throw error;
  }

  function isWarm(): boolean {
    return !config.maintenance.readyAfterWarm || maintenance.warmedUp;
  }

  async function close(): Promise<void> {
    const stopped = maintenance.stop();
    await server.close(shutdownGraceMs);
    // A refresh may wait for the upstream longer than the grace period.
    await Promise.race([
      stopped.then(() => cache.idle()),
      setTimeout(shutdownGraceMs, undefined, { ref: false }),
    ]);
    await release();
  }

  async function release(): Promise<void> {
    await operators.stop();
    await observability.shutdown();
    // Last, so that the shutdown can be observed.
    await metricsServer?.close(0);
    await auth.close();
    await core.close();
  }
}

/** The headers with credentials: none if all responses are the same for everybody. */
function credentialHeadersOf({ auth, http }: Config): readonly string[] {
  if (http.responseCache.shared) return [];
  return auth ? ['Authorization', 'Cookie'] : ['Authorization'];
}

/** The times of responses depend on this digest: processes with different times to live share no response. */
function policyDigest({ ttlMs, adaptiveTtl }: Config): string {
  return `_${hash('sha256', JSON.stringify([ttlMs, adaptiveTtl]), 'base64url').slice(0, 8)}`;
}
