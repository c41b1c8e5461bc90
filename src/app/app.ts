import { setTimeout } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import type { GraphqlService } from '../http/graphql/service.ts';
import { PATHS } from '../http/paths.ts';
import type { Route } from '../http/route.ts';
import { createRouter } from '../http/router.ts';
import { createHttpServer } from '../http/server.ts';
import type { WebhookOptions } from '../http/webhook/route.ts';
import type { Sandbox } from '../sandbox/server.ts';
import type { ProcessMetrics } from '../telemetry/metrics/process-metrics.ts';
import { createAuth } from './auth.ts';
import { createCore, type Surroundings } from './core.ts';
import { createGraphql, createResponses } from './graphql.ts';
import { localOrigin } from './local-origin.ts';
import { createObservability } from './observability.ts';
import { createOperators } from './operators.ts';
import { digestOfProgram } from './release.ts';

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
  const { host, port, keepAliveMs, shutdownGraceMs } = config.http;
  const observability = await createObservability({
    config: config.telemetry,
    clock,
    report: surroundings.report,
  });
  const { report } = observability;
  const core = await createCore(config, { ...surroundings, report });
  // Only a shared Redis mixes the responses of releases.
  const program = config.cache.redis ? digestOfProgram() : '';
  const { cache, repository, maintenance, sandbox } = core;
  const responses = createResponses(cache, config);
  let graphql: GraphqlService | undefined;
  const auth = await createAuth(config, {
    ...surroundings,
    report,
    identity: core.identity,
    onEnd(principal) {
      responses.endSession(principal);
      graphql?.live?.endSession(principal);
    },
  });
  const {
    metrics,
    routes,
    server: metricsServer,
  } = observability.expose({
    cache: cache.usage,
    answers: responses.shared.usage,
    redis: core.redisState,
    auth: auth.state,
    // The first sample of the history is taken before there is GraphQL.
    live: () => graphql?.live?.usage() ?? (config.http.live.max > 0 ? { questions: 0, sockets: 0 } : null),
    process: surroundings.process,
    pollMs: config.maintenance.pollMs,
  });
  const operators = await createOperators(config, core, { report }, metrics, auth);
  graphql = createGraphql(config, {
    ...surroundings,
    ...{ core, responses, auth, guard: operators.guard, program, report },
  });
  const { live } = graphql;
  const webhookRoutes = await createWebhook({
    secrets: config.webhookSecrets,
    signals: repository.signals,
    clock,
    report,
  });
  const server = createHttpServer(
    createRouter({
      ...config.http,
      serveGraphql: graphql.handle,
      auth: auth.signIn,
      // Informational: without Redis the gateway still answers, so it stays ready.
      readiness: () => ({
        ready: server.open && isWarm(),
        redis: core.redisState(),
        ...(config.maintenance.readyAfterWarm && { warm: maintenance.warmedUp }),
      }),
      routes: [...routes, ...operators.routes, ...auth.routes, ...webhookRoutes],
      clock,
      report,
    }),
    { keepAliveMs, upgrade: live?.upgrade },
  );

  try {
    await metricsServer?.listen(host, config.telemetry.metricsPort ?? 0);
    const listeningOn = await server.listen(host, port);
    if (config.sandbox.webhooks?.self)
      sandbox?.addWebhookUrl(`${localOrigin(host, listeningOn)}${PATHS.webhook}`);
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
    await Promise.all([server.close(shutdownGraceMs), live?.stop()]);
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

/** The webhook, which is loaded only if it has secrets. */
async function createWebhook(options: WebhookOptions): Promise<readonly Route[]> {
  if (options.secrets.length === 0) return [];
  const { createWebhookRoute } = await import('../http/webhook/route.ts');
  return [createWebhookRoute(options)];
}
