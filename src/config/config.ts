import { z } from 'zod';
import { authConfig, sessionServer } from './auth.ts';
import { readDotEnv } from './dot-env.ts';
import {
  abconnectEnvironment,
  combinationFaults,
  crossFaults,
  describeFault,
  type Environment,
  webhookSecretOfSandbox,
} from './faults.ts';
import { InvalidConfig } from './invalid-config.ts';
import { namespacesOf, sessionPrefixOf } from './namespaces.ts';
import { redisServer } from './redis-server.ts';
import { unknownVariables } from './unknown-variables.ts';
import { type Settings, variables } from './variables.ts';

export { InvalidConfig };

export type Config = ReturnType<typeof assemble>;

export interface ReadEnvironment {
  readonly environment: Environment;
  /** One sentence for each setting without effect. No value is quoted. */
  readonly warnings: readonly string[];
}

/**
 * The process environment, with defaults from `.env` in the working directory if that file exists.
 * @throws InvalidConfig if the file cannot be read.
 */
export function readEnvironment(): ReadEnvironment {
  const dotEnv = readDotEnv('.env');
  const environment = { ...dotEnv.variables, ...process.env };
  return { environment, warnings: [...dotEnv.warnings, ...unknownVariables(environment)] };
}

/**
 * Converts the environment to a frozen Config. An empty variable counts as unset.
 * @throws InvalidConfig with all errors at once.
 */
export function loadConfig(environment: Environment): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = z.object(variables).safeParse(given);
  const faults = [
    ...(parsed.error?.issues ?? []).map((issue) => describeFault(issue, given)),
    ...combinationFaults(given),
    ...(parsed.data ? crossFaults(parsed.data) : []),
  ];
  if (!parsed.success || faults.length > 0) throw new InvalidConfig(faults);
  return freeze(assemble(parsed.data));
}

const ENVIRONMENTS = {
  production: {
    catalogUrl: 'https://catalog-api.abconnect.co/api',
    identityUrl: 'https://login.abconnect.co/connect/token',
  },
  staging: {
    catalogUrl: 'https://catalog-api.staging.abconnect.co/api',
    identityUrl: 'https://login.staging.abconnect.co/connect/token',
  },
};

function assemble(settings: Settings) {
  return {
    production: settings.NODE_ENV === 'production',
    logLevel: settings.LOG_LEVEL,
    http: {
      host: settings.HOST,
      port: settings.PORT,
      graphiql: settings.GRAPHIQL ?? settings.NODE_ENV !== 'production',
      introspection: settings.GRAPHQL_INTROSPECTION ?? settings.NODE_ENV !== 'production',
      corsOrigins: settings.CORS_ORIGINS,
      keepAliveMs: settings.KEEP_ALIVE_MS,
      shutdownGraceMs: settings.SHUTDOWN_GRACE_MS,
      responseCache: {
        memoryBytes: settings.RESPONSE_CACHE_MB * 1024 * 1024,
        shared: settings.RESPONSE_CACHE_SHARED ?? false,
        minIntervalMs: settings.REFRESH_MIN_INTERVAL * 1000,
        surrogateKeys: settings.SURROGATE_KEYS ?? false,
      },
      persisted: {
        manifest: settings.PERSISTED_DOCUMENTS ?? new Map<string, string>(),
        only: settings.PERSISTED_ONLY ?? false,
      },
      live: { max: settings.LIVE_MAX, maxPerClient: settings.LIVE_MAX_PER_CLIENT },
      limits: {
        depth: settings.GRAPHQL_MAX_DEPTH,
        tokens: settings.GRAPHQL_MAX_TOKENS,
        aliases: settings.GRAPHQL_MAX_ALIASES,
        pageCost: settings.GRAPHQL_MAX_PAGE_COST,
        values: settings.GRAPHQL_MAX_VALUES,
        upstreamCalls: settings.GRAPHQL_MAX_UPSTREAM_CALLS,
      },
    },
    cache: {
      ...namespaces(settings),
      memoryBytes: settings.CACHE_MEMORY_MB * 1024 * 1024,
      redis: redisConfig(settings),
    },
    ttlMs: {
      sellers: settings.CACHE_TTL_SELLERS * 1000,
      catalogs: settings.CACHE_TTL_CATALOGS * 1000,
      filter: settings.CACHE_TTL_FILTER * 1000,
      unknown: settings.CACHE_TTL_UNKNOWN * 1000,
      stale: settings.CACHE_TTL_STALE * 1000,
    },
    upstream: {
      source: upstreamSource(settings),
      timeZone: settings.UPSTREAM_TIME_ZONE,
      deadlineMs: settings.UPSTREAM_DEADLINE_MS,
      concurrency: settings.UPSTREAM_CONCURRENCY,
      pageSize: settings.UPSTREAM_PAGE_SIZE,
      maxBodyBytes: settings.UPSTREAM_MAX_BODY_MB * 1024 * 1024,
    },
    businessTimeZone: settings.BUSINESS_TIME_ZONE,
    sortLocale: settings.SORT_LOCALE,
    auth: authConfig(settings),
    clients: {
      /** Where sessions, attempts and limits are kept; null for memory. */
      server: sessionServer(settings),
      keyPrefix: sessionPrefixOf(settings.CACHE_KEY_PREFIX, upstreamSource(settings)),
      budgetMs: settings.REDIS_BUDGET_MS,
      cost: settings.RATE_LIMIT_COST,
      windowMs: settings.RATE_LIMIT_WINDOW * 1000,
      trustedProxies: settings.TRUST_PROXY,
    },
    adminToken: settings.ADMIN_TOKEN ?? null,
    adminUsers: settings.ADMIN_USERS,
    webhookSecrets: settings.HOOK_SECRETS,
    adaptiveTtl:
      (settings.ADAPTIVE_TTL ?? false)
        ? { floorMs: settings.ADAPTIVE_TTL_FLOOR * 1000, ceilingMs: settings.ADAPTIVE_TTL_CEILING * 1000 }
        : null,
    maintenance: {
      pollMs: settings.POLL_INTERVAL * 1000,
      warmOnStart: settings.WARM_ON_START ?? false,
      readyAfterWarm: settings.READY_AFTER_WARM ?? false,
      callsPerSecond: settings.WARM_RATE,
      keepWarm: settings.KEEP_WARM,
    },
    telemetry: {
      metricsPort: settings.METRICS_PORT ?? null,
      otlpEndpoint: settings.OTEL_EXPORTER_OTLP_ENDPOINT ?? null,
      serviceName: settings.OTEL_SERVICE_NAME,
      logHitsEvery: settings.LOG_HITS_EVERY,
      observatory: settings.OBSERVATORY ?? settings.NODE_ENV !== 'production',
    },
    sandbox: {
      port: settings.SANDBOX_PORT,
      settings: sandboxSettings(settings),
      webhooks: sandboxWebhooks(settings),
    },
  };
}

function namespaces(settings: Settings) {
  const source = upstreamSource(settings);
  // The named settings do not affect the data. Any other setting counts as data.
  const { latencyMs, errorRate, fault, maxPageSize, ...data } = sandboxSettings(settings);
  return namespacesOf({
    prefix: `${settings.CACHE_KEY_PREFIX}${settings.CACHE_VERSION}`,
    source: source.kind === 'sandbox' ? { ...source, data } : source,
    timeZone: settings.UPSTREAM_TIME_ZONE,
  });
}

function sandboxSettings(settings: Settings) {
  return {
    seed: settings.SANDBOX_SEED,
    sellers: settings.SANDBOX_SELLERS,
    maxCatalogs: settings.SANDBOX_MAX_CATALOGS,
    lots: settings.SANDBOX_LOTS,
    maxPageSize: settings.SANDBOX_MAX_PAGE_SIZE,
    latencyMs: settings.SANDBOX_LATENCY_MS,
    errorRate: settings.SANDBOX_ERROR_RATE,
    fault: settings.SANDBOX_FAULT,
  };
}

/** Null if the sandbox sends none. */
function sandboxWebhooks(settings: Settings) {
  const { SANDBOX_WEBHOOK_URLS: urls, SANDBOX_WEBHOOK_SELF: self = false } = settings;
  const secret = webhookSecretOfSandbox(settings);
  return secret && (self || urls.length > 0) ? { urls, self, secret } : null;
}

function redisConfig(settings: Settings) {
  const server = redisServer(settings);
  return server && { server, budgetMs: settings.REDIS_BUDGET_MS };
}

function upstreamSource(settings: Settings) {
  const environment = abconnectEnvironment(settings);
  if (environment === 'sandbox') return { kind: 'sandbox' as const };
  return {
    kind: 'abconnect' as const,
    environment,
    catalogUrl: settings.ABCONNECT_CATALOG_URL ?? ENVIRONMENTS[environment].catalogUrl,
    identityUrl: settings.ABCONNECT_IDENTITY_URL ?? ENVIRONMENTS[environment].identityUrl,
    credentials: {
      username: settings.ABCONNECT_USERNAME ?? '',
      password: settings.ABCONNECT_PASSWORD ?? '',
      clientId: settings.ABCONNECT_CLIENT_ID ?? '',
      clientSecret: settings.ABCONNECT_CLIENT_SECRET ?? '',
    },
  };
}

function freeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freeze(part);
  return Object.freeze(value);
}
