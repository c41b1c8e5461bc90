import { z } from 'zod';
import {
  addresses,
  adminToken,
  credential,
  flag,
  hookSecrets,
  httpUrl,
  integer,
  keyPart,
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

/**
 * Every environment variable the gateway reads: how it is parsed, its default and the one line that documents
 * it. `.env.example` and the table in the docs are printed from here.
 */
export const variables = {
  HOST: text('127.0.0.1').describe(
    'Address to listen on. `0.0.0.0` serves other machines, as containers need.',
  ),
  PORT: integer(0, 65_535, 4000).describe('Port to listen on. `0` takes a free one.'),
  NODE_ENV: oneOf(['development', 'production', 'test'], 'development').describe(
    '`production` turns GraphiQL off and refuses to serve the sandbox unless asked to by name.',
  ),
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info').describe(
    'The least severe log line that is written.',
  ),
  GRAPHIQL: flag().describe('Serve GraphiQL to browsers at `/graphql`. On by default, except in production.'),
  GRAPHQL_INTROSPECTION: flag().describe(
    'Whether everybody may ask `/graphql` for its schema, and errors suggest names. On by default, except in production; operators always may.',
  ),
  CORS_ORIGINS: origins().describe(
    'Origins whose pages may call the API, separated by commas. None by default.',
  ),
  ADMIN_TOKEN: adminToken().describe(
    'Token of operators: for `invalidate` and `cacheEntry`, the admin API and the observatory, 16 characters or more. Unset: none of those exists.',
  ),
  RESPONSE_CACHE_MB: integer(0, 65_536, 64).describe(
    'About how much memory whole answers may take, in MiB. `0` makes every answer anew.',
  ),
  RESPONSE_CACHE_SHARED: flag().describe(
    'Let caches in front share answers to requests with `Authorization` or `Cookie`. Off: those are `private` outside, while the gateway stores one answer for everybody.',
  ),
  REFRESH_MIN_INTERVAL: seconds(5).describe(
    'How long after a load no client can have another by `Cache-Control: no-cache` or `max-age`, in seconds.',
  ),
  SURROGATE_KEYS: flag().describe(
    'Send the tags of answers to a CDN, as `Surrogate-Key` and `Cache-Tag`. Off by default.',
  ),
  PERSISTED_DOCUMENTS: manifest().describe(
    'JSON file of trusted documents: by their hash, as GraphQL Code Generator, Relay and urql write it, or the manifest of Apollo.',
  ),
  PERSISTED_ONLY: flag().describe(
    'Execute only the documents of `PERSISTED_DOCUMENTS`. Off by default; operators are exempt.',
  ),
  HOOK_SECRETS: hookSecrets().describe(
    'Secrets that sign what is posted to `/hooks/catalog`, separated by commas, 16 characters or more each. Unset: there is no such path.',
  ),
  KEEP_ALIVE_MS: integer(1000, 3_600_000, 75_000).describe(
    'How long a connection is kept for its next request, in milliseconds. Above the idle timeout of the load balancer in front.',
  ),
  SHUTDOWN_GRACE_MS: integer(0, 600_000, 10_000).describe(
    'How long open requests may take to finish after SIGTERM, in milliseconds.',
  ),

  GRAPHQL_MAX_DEPTH: integer(1, 100, 10).describe('How deep the selections of an operation may be nested.'),
  GRAPHQL_MAX_TOKENS: integer(1, 100_000, 2000).describe('How many tokens a document may have.'),
  GRAPHQL_MAX_ALIASES: integer(0, 10_000, 50).describe('How many aliases an operation may use.'),
  GRAPHQL_MAX_PAGE_COST: integer(1, 10_000_000, 10_000).describe(
    'How many list items an operation may ask for: the product of nested page sizes, added up.',
  ),
  GRAPHQL_MAX_VALUES: integer(1, 10_000_000, 50_000).describe(
    'How many values an operation may ask for: its fields, at every list item again.',
  ),
  GRAPHQL_MAX_UPSTREAM_CALLS: integer(1, 10_000, 25).describe(
    'How many calls to the catalog service an operation may need where nothing is cached.',
  ),

  REDIS_URL: redisUrl().describe(
    '`redis://` or `rediss://` with optional user, password and database. With no Redis set, the cache is in memory alone.',
  ),
  REDIS_SENTINELS: addresses(26_379).describe(
    'Sentinels that know the Redis to use, as `host:port` separated by commas. Instead of `REDIS_URL`.',
  ),
  REDIS_SENTINEL_NAME: z
    .string()
    .optional()
    .describe('What the Sentinels call the Redis to use. Needed with `REDIS_SENTINELS`.'),
  REDIS_SENTINEL_PASSWORD: credential().describe(
    'Password of the Sentinels themselves, where they have one.',
  ),
  REDIS_CLUSTER_NODES: addresses(6379).describe(
    'Some nodes of a Redis Cluster, as `host:port` separated by commas. Instead of `REDIS_URL`.',
  ),
  REDIS_USERNAME: credential().describe(
    'ACL user of a Redis behind Sentinels or in a Cluster. `REDIS_URL` carries its own.',
  ),
  REDIS_PASSWORD: credential().describe('Password of that user, or of a Redis without users.'),
  REDIS_TLS: flag().describe('Use TLS with Sentinels or a Cluster. `rediss://` says so in `REDIS_URL`.'),
  REDIS_BUDGET_MS: integer(1, 10_000, 50).describe(
    'The longest that one request waits for Redis, in milliseconds.',
  ),
  CACHE_KEY_PREFIX: keyPart('cat_').describe('What every key in Redis starts with.'),
  CACHE_VERSION: keyPart('v1').describe(
    'Follows the prefix in every key. Another one starts an empty cache; no release or setting needs that.',
  ),
  CACHE_TTL_SELLERS: seconds(600).describe('How long the seller list is fresh, in seconds.'),
  CACHE_TTL_CATALOGS: seconds(300).describe("How long a seller's catalogs are fresh, in seconds."),
  CACHE_TTL_FILTER: seconds(0).describe(
    'How long a filtered list is fresh, in seconds. `0` asks the upstream each time.',
  ),
  CACHE_TTL_UNKNOWN: seconds(30).describe(
    'How long an id that the upstream does not know is remembered, in seconds.',
  ),
  CACHE_TTL_STALE: seconds(3600).describe(
    'How much longer than fresh an answer may still be served while it is renewed or the upstream fails, in seconds.',
  ),
  CACHE_MEMORY_MB: integer(1, 65_536, 64).describe('About how much memory cached entries may take, in MiB.'),
  ADAPTIVE_TTL: flag().describe(
    'Keep what came back unchanged fresh for longer, and what changed for less long. Off by default.',
  ),
  ADAPTIVE_TTL_FLOOR: seconds(30).describe('The shortest that makes of a time to live, in seconds.'),
  ADAPTIVE_TTL_CEILING: seconds(3600).describe('The longest that makes of a time to live, in seconds.'),

  POLL_INTERVAL: integer(0, 86_400, 0).describe(
    'How often one of the processes compares the upstream with what it was, in seconds. `0` never does.',
  ),
  WARM_ON_START: flag().describe("Load the sellers and everybody's catalogs at the start. Off by default."),
  READY_AFTER_WARM: flag().describe(
    'Let `/readyz` wait for the end of the first warm-up, however that ends. Off by default.',
  ),
  WARM_RATE: integer(1, 1000, 4).describe(
    'How many upstream calls a second warm-up, polling and keeping warm may make in one process, on average: each page and each retry is one, and the pages of one list may go out together.',
  ),
  KEEP_WARM: integer(0, 10_000, 50).describe(
    'For how many of the sellers that are asked for most catalogs are renewed before they go stale. `0` for none.',
  ),

  METRICS_PORT: optionalPort().describe(
    'Port of its own for `/metrics`. Unset: it is served beside the API.',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl().describe(
    'Base URL of an OpenTelemetry collector that takes traces by OTLP over HTTP. Unset: nothing is traced.',
  ),
  OTEL_SERVICE_NAME: text('catalog-gateway').describe('What traces call this service.'),
  LOG_HITS_EVERY: integer(0, 1_000_000, 1000).describe(
    'One in how many answers from the cache is logged at `info`. `0` logs none of them.',
  ),
  OBSERVATORY: flag().describe(
    'Serve the page at `/observatory` to who has the admin token. On by default where there is one, except in production.',
  ),

  ABCONNECT_ENVIRONMENT: z
    .enum(['production', 'staging', 'sandbox'], { error: 'must be one of production, staging, sandbox' })
    .optional()
    .describe(
      'Which ABConnect to ask. Unset: `production` where credentials are set, the embedded `sandbox` where none are.',
    ),
  ABCONNECT_USERNAME: credential().describe('User of the ABConnect account.'),
  ABCONNECT_PASSWORD: credential().describe('Password of that user.'),
  ABCONNECT_CLIENT_ID: credential().describe('OAuth client id.'),
  ABCONNECT_CLIENT_SECRET: credential().describe('OAuth client secret.'),
  ABCONNECT_CATALOG_URL: httpUrl().describe(
    'Base URL of the Catalog API, instead of what the environment names.',
  ),
  ABCONNECT_IDENTITY_URL: httpUrl().describe(
    'URL of the token endpoint, instead of what the environment names.',
  ),

  UPSTREAM_TIME_ZONE: timeZone().describe('Time zone of upstream times that carry no offset.'),
  UPSTREAM_DEADLINE_MS: integer(1, 600_000, 30_000).describe(
    'How long one upstream call may take with its retries, in milliseconds. An attempt may be silent for three quarters of what is left.',
  ),
  UPSTREAM_CONCURRENCY: integer(1, 1000, 8).describe('How many upstream calls may be under way at once.'),
  UPSTREAM_PAGE_SIZE: integer(1, 100_000, 1000).describe('How many items to ask the upstream for in a page.'),
  UPSTREAM_MAX_BODY_MB: integer(1, 256, 64).describe(
    'The longest body of an upstream response, in MiB, after unpacking. A longer one is `UPSTREAM_INVALID`.',
  ),
  BUSINESS_TIME_ZONE: timeZone().describe('Time zone whose midnight decides which catalogs are future.'),

  SANDBOX_PORT: integer(0, 65_535, 4001).describe(
    'Port of `npm run sandbox`. The embedded one takes a free port.',
  ),
  SANDBOX_SEED: integer(0, 2_147_483_647, 1).describe("What the sandbox's made-up data is drawn from."),
  SANDBOX_SELLERS: integer(0, 1_000_000, 412).describe('How many sellers the sandbox has.'),
  SANDBOX_MAX_CATALOGS: integer(0, 10_000, 60).describe('The most catalogs one of its sellers has.'),
  SANDBOX_LOTS: integer(0, 10_000, 40).describe('How many lots one of its catalogs typically carries.'),
  SANDBOX_MAX_PAGE_SIZE: integer(1, 100_000, 1000).describe(
    'The largest page it sends, whatever is asked for.',
  ),
  SANDBOX_LATENCY_MS: range({ min: 80, max: 300 }).describe(
    'How long it waits before it answers, in milliseconds: `80-300`, or one number.',
  ),
  SANDBOX_ERROR_RATE: share(0).describe('Share of its answers that are errors, 0 to 1.'),
  SANDBOX_FAULT: oneOf(
    ['none', 'hang', 'slow-body', 'truncated', 'wrong-types', 'html', 'empty-object', 'cut'],
    'none',
  ).describe('What is wrong with its answers.'),
};

export type Variable = keyof typeof variables;

/** What the variables parse to. */
export type Settings = z.output<z.ZodObject<typeof variables>>;
