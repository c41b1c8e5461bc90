import { z } from 'zod';
import { BOUNDS, DEFAULT_SETTINGS, FAULTS } from '../sandbox/settings.ts';
import { signingSecret, webhookSecrets } from './auth-parsers.ts';
import { authVariables } from './auth-variables.ts';
import {
  addresses,
  adminToken,
  credential,
  flag,
  httpUrl,
  httpUrls,
  integer,
  keyPart,
  locale,
  manifest,
  oneOf,
  optionalPort,
  origins,
  range,
  redisUrl,
  seconds,
  share,
  text,
  timeZone,
} from './parsers.ts';

function sandboxInteger(name: 'seed' | 'sellers' | 'maxCatalogs' | 'lots' | 'maxPageSize') {
  const [min, max] = BOUNDS[name];
  return integer(min, max, DEFAULT_SETTINGS[name]);
}

/**
 * Every environment variable of the gateway: its parser, its default and its description. `.env.example` and the table in
 * the docs are generated from it.
 */
export const variables = {
  HOST: text('127.0.0.1').describe(
    'Address to listen on. Use `0.0.0.0` to accept connections from other machines, for example in a container.',
  ),
  PORT: integer(0, 65_535, 4000).describe('Port to listen on. `0` picks a free port.'),
  NODE_ENV: oneOf(['development', 'production', 'test'], 'development').describe(
    '`production` turns GraphiQL, introspection and the observatory off by default, and serves the sandbox only if `ABCONNECT_ENVIRONMENT` is `sandbox`.',
  ),
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info').describe(
    'Minimum severity of log lines.',
  ),
  GRAPHIQL: flag().describe('Serve GraphiQL to browsers at `/graphql`. On by default, except in production.'),
  GRAPHQL_INTROSPECTION: flag().describe(
    'Allow everybody to introspect the schema, and suggest names in errors. On by default, except in production; operators are always allowed.',
  ),
  CORS_ORIGINS: origins().describe(
    'Origins whose pages may call the API (CORS), separated by commas. None by default.',
  ),
  ADMIN_TOKEN: adminToken().describe(
    'Token of operators for `invalidate`, `cacheEntry`, the admin API and the observatory; at least 16 characters. If unset, these are disabled.',
  ),
  RESPONSE_CACHE_MB: integer(0, 65_536, 64).describe(
    'Approximate memory limit of the response cache, in MiB. `0` turns the response cache off.',
  ),
  RESPONSE_CACHE_SHARED: flag().describe(
    'Allow shared caches, such as a CDN, to store responses to requests with `Authorization` or `Cookie`. If off, these responses are `private`; the gateway still stores one response for everybody.',
  ),
  REFRESH_MIN_INTERVAL: seconds(5).describe(
    'Minimum time between loads that clients force by `Cache-Control: no-cache` or `max-age`, in seconds.',
  ),
  SURROGATE_KEYS: flag().describe(
    'Send the tags of responses to a CDN, as `Surrogate-Key` and `Cache-Tag`. Off by default.',
  ),
  PERSISTED_DOCUMENTS: manifest().describe(
    'JSON file of trusted documents: texts by their hash or name (GraphQL Code Generator, Relay), or an Apollo manifest.',
  ),
  PERSISTED_ONLY: flag().describe(
    'Accept only the documents of `PERSISTED_DOCUMENTS`. Off by default; operators are exempt.',
  ),
  HOOK_SECRETS: webhookSecrets().describe(
    'Secrets that sign webhook deliveries to `/hooks/catalog`, separated by commas; at least 16 characters each. If unset, the webhook is disabled.',
  ),
  KEEP_ALIVE_MS: integer(1000, 3_600_000, 75_000).describe(
    'How long an idle connection stays open, in milliseconds. Set it above the idle timeout of the load balancer in front.',
  ),
  SHUTDOWN_GRACE_MS: integer(0, 600_000, 10_000).describe(
    'How long open requests may take to finish after SIGTERM, in milliseconds.',
  ),

  LIVE_MAX: integer(0, 1_000_000, 20_000).describe(
    'Maximum number of live responses that this process has open. `0` turns them off.',
  ),
  LIVE_MAX_PER_CLIENT: integer(1, 1_000_000, 100).describe(
    'Maximum number of live responses that one client has open in a process.',
  ),

  ...authVariables,

  GRAPHQL_MAX_DEPTH: integer(1, 100, 10).describe('Maximum depth of nested selections in an operation.'),
  GRAPHQL_MAX_TOKENS: integer(1, 100_000, 2000).describe('Maximum number of tokens in a document.'),
  GRAPHQL_MAX_ALIASES: integer(0, 10_000, 50).describe('Maximum number of aliases in a document.'),
  GRAPHQL_MAX_PAGE_COST: integer(1, 10_000_000, 10_000).describe(
    'Maximum number of list items that an operation may request: nested page sizes are multiplied, then added up.',
  ),
  GRAPHQL_MAX_VALUES: integer(1, 10_000_000, 50_000).describe(
    'Maximum number of values that an operation may request: a field counts once for every list item.',
  ),
  GRAPHQL_MAX_UPSTREAM_CALLS: integer(1, 10_000, 25).describe(
    'Maximum number of upstream calls that an operation may need if nothing is cached.',
  ),

  REDIS_URL: redisUrl().describe(
    '`redis://` or `rediss://` URL with optional user, password and database. Without any Redis, the cache is in memory only.',
  ),
  REDIS_SENTINELS: addresses(26_379).describe(
    'Addresses of the Sentinels, as `host:port` separated by commas. Use it instead of `REDIS_URL`.',
  ),
  REDIS_SENTINEL_NAME: z
    .string()
    .optional()
    .describe('Name of the primary that the Sentinels monitor. Required with `REDIS_SENTINELS`.'),
  REDIS_SENTINEL_PASSWORD: credential().describe('Password of the Sentinels, if they require one.'),
  REDIS_CLUSTER_NODES: addresses(6379).describe(
    'Addresses of some nodes of a Redis Cluster, as `host:port` separated by commas. Use it instead of `REDIS_URL`.',
  ),
  REDIS_USERNAME: credential().describe(
    'ACL user for Redis with Sentinels or in a Cluster. `REDIS_URL` contains its own.',
  ),
  REDIS_PASSWORD: credential().describe('Password of `REDIS_USERNAME`, or of the default user.'),
  REDIS_TLS: flag().describe(
    'Use TLS with Sentinels or a Cluster. In `REDIS_URL`, use the scheme `rediss://`.',
  ),
  REDIS_BUDGET_MS: integer(1, 10_000, 50).describe(
    'Maximum total time that one request waits for Redis, in milliseconds.',
  ),
  CACHE_KEY_PREFIX: keyPart('cat_').describe('Prefix of every key in Redis.'),
  CACHE_VERSION: keyPart('v1').describe(
    'Follows the prefix in every key. A new value starts an empty cache; no release or setting requires one.',
  ),
  CACHE_TTL_SELLERS: seconds(600).describe('How long the seller list is fresh, in seconds.'),
  CACHE_TTL_CATALOGS: seconds(300).describe("How long a seller's catalogs are fresh, in seconds."),
  CACHE_TTL_FILTER: seconds(0).describe(
    'How long a filtered list is fresh, in seconds. `0` loads it from the upstream each time.',
  ),
  CACHE_TTL_UNKNOWN: seconds(30).describe('How long an unknown id is cached as unknown, in seconds.'),
  CACHE_TTL_STALE: seconds(3600).describe(
    'How long an entry may be served stale, after it was fresh, while it is refreshed or the upstream fails, in seconds.',
  ),
  CACHE_MEMORY_MB: integer(1, 65_536, 64).describe('Approximate memory limit of cached entries, in MiB.'),
  ADAPTIVE_TTL: flag().describe(
    'Extend the fresh lifetime of entries that do not change, and shorten it for entries that do. Off by default.',
  ),
  ADAPTIVE_TTL_FLOOR: seconds(30).describe('Minimum fresh lifetime with `ADAPTIVE_TTL`, in seconds.'),
  ADAPTIVE_TTL_CEILING: seconds(3600).describe('Maximum fresh lifetime with `ADAPTIVE_TTL`, in seconds.'),

  POLL_INTERVAL: integer(0, 86_400, 0).describe(
    'Interval at which one of the processes polls the upstream for changes, in seconds. `0` turns polling off.',
  ),
  WARM_ON_START: flag().describe('Load all sellers and their catalogs at startup. Off by default.'),
  READY_AFTER_WARM: flag().describe(
    'Report ready on `/readyz` only after the first warm-up has ended, with or without success. Off by default.',
  ),
  WARM_RATE: integer(1, 1000, 4).describe(
    'Average number of upstream calls per second that warm-up, polling and keep-warm may make in one process. Each page and each retry counts as one call; the pages of one list may be requested together.',
  ),
  KEEP_WARM: integer(0, 10_000, 50).describe(
    'Number of most-requested sellers whose catalogs are refreshed before they expire. `0` turns this off.',
  ),

  METRICS_PORT: optionalPort().describe(
    'Separate port for `/metrics`. If unset, `/metrics` is on the port of the API.',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl().describe(
    'Base URL of an OpenTelemetry collector that accepts traces by OTLP over HTTP. If unset, tracing is off.',
  ),
  OTEL_SERVICE_NAME: text('catalog-gateway').describe('Name of this service in traces.'),
  LOG_HITS_EVERY: integer(0, 1_000_000, 1000).describe(
    'Logs one in this many cache hits at `info`. `0` logs none of them.',
  ),
  OBSERVATORY: flag().describe(
    'Serve the observatory to operators at `/observatory`. On by default if `ADMIN_TOKEN` is set, except in production.',
  ),

  ABCONNECT_ENVIRONMENT: z
    .enum(['production', 'staging', 'sandbox'], { error: 'must be one of production, staging, sandbox' })
    .optional()
    .describe(
      'ABConnect environment. If unset: `production` if any other `ABCONNECT_` variable is set, otherwise the embedded `sandbox`.',
    ),
  ABCONNECT_USERNAME: credential().describe('User name of the ABConnect account.'),
  ABCONNECT_PASSWORD: credential().describe('Password of the ABConnect account.'),
  ABCONNECT_CLIENT_ID: credential().describe('OAuth client id.'),
  ABCONNECT_CLIENT_SECRET: credential().describe('OAuth client secret.'),
  ABCONNECT_CATALOG_URL: httpUrl().describe(
    'Base URL of the Catalog API. Overrides the URL of the environment.',
  ),
  ABCONNECT_IDENTITY_URL: httpUrl().describe(
    'URL of the token endpoint. Overrides the URL of the environment.',
  ),

  UPSTREAM_TIME_ZONE: timeZone().describe('Time zone of upstream times without an offset.'),
  UPSTREAM_DEADLINE_MS: integer(1, 600_000, 30_000).describe(
    'Maximum duration of one upstream call with its retries, in milliseconds. An attempt fails if no data arrives for three quarters of the remaining time.',
  ),
  UPSTREAM_CONCURRENCY: integer(1, 1000, 8).describe('Maximum number of concurrent upstream calls.'),
  UPSTREAM_PAGE_SIZE: integer(1, 100_000, 1000).describe('Number of items per page in upstream requests.'),
  UPSTREAM_MAX_BODY_MB: integer(1, 256, 64).describe(
    'Maximum size of an upstream response body after decompression, in MiB. A larger body causes `UPSTREAM_INVALID`.',
  ),
  BUSINESS_TIME_ZONE: timeZone().describe('Time zone whose midnight decides which catalogs are future.'),
  SORT_LOCALE: locale().describe(
    'Language by whose alphabet names and titles are ordered, as a BCP 47 tag such as `sv` or `de-u-co-phonebk`.',
  ),

  SANDBOX_PORT: integer(0, 65_535, 4001).describe(
    'Port of `npm run sandbox`. The embedded sandbox picks a free port.',
  ),
  SANDBOX_SEED: sandboxInteger('seed').describe('Random seed of the sandbox data.'),
  SANDBOX_SELLERS: sandboxInteger('sellers').describe('Number of sellers in the sandbox.'),
  SANDBOX_MAX_CATALOGS: sandboxInteger('maxCatalogs').describe(
    'Maximum number of catalogs of a sandbox seller.',
  ),
  SANDBOX_LOTS: sandboxInteger('lots').describe('Typical number of lots in a sandbox catalog.'),
  SANDBOX_MAX_PAGE_SIZE: sandboxInteger('maxPageSize').describe(
    'Maximum page size of the sandbox, whatever a request asks for.',
  ),
  SANDBOX_LATENCY_MS: range(DEFAULT_SETTINGS.latencyMs).describe(
    'Latency of sandbox responses, in milliseconds: a range such as `80-300`, or one number.',
  ),
  SANDBOX_ERROR_RATE: share(DEFAULT_SETTINGS.errorRate).describe(
    'Share of sandbox responses that are errors, 0 to 1.',
  ),
  SANDBOX_FAULT: oneOf(FAULTS, DEFAULT_SETTINGS.fault).describe('Fault in sandbox responses.'),
  SANDBOX_WEBHOOK_URLS: httpUrls().describe(
    'URLs to which the sandbox sends a signed webhook after each change of a seller or catalog, separated by commas.',
  ),
  SANDBOX_WEBHOOK_SELF: flag().describe(
    'Send the webhooks of the embedded sandbox to this gateway too. Off by default.',
  ),
  SANDBOX_WEBHOOK_SECRET: signingSecret().describe(
    'Secret that signs the webhooks of the sandbox; at least 16 characters. If unset, the last of `HOOK_SECRETS`.',
  ),
};

export type Variable = keyof typeof variables;

/** The parsed values of the variables. */
export type Settings = z.output<z.ZodObject<typeof variables>>;
