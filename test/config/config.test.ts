import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { faultsOf } from '../support/config-faults.ts';

const CREDENTIALS = {
  ABCONNECT_USERNAME: 'user',
  ABCONNECT_PASSWORD: 'correct horse',
  ABCONNECT_CLIENT_ID: 'client',
  ABCONNECT_CLIENT_SECRET: 'battery staple',
};

describe('the configuration', () => {
  it('of an empty environment is the sandbox, the memory cache, and port 4000 on the loopback address', () => {
    expect(loadConfig({})).toMatchObject({
      http: { host: '127.0.0.1', port: 4000, graphiql: true, corsOrigins: [] },
      cache: { namespacePrefix: 'cat_v1.', redis: null },
      upstream: { source: { kind: 'sandbox' }, timeZone: 'UTC' },
    });
  });

  it('treats an empty variable as unset', () => {
    expect(loadConfig({ PORT: '', REDIS_URL: '', ABCONNECT_USERNAME: '' })).toEqual(loadConfig({}));
  });

  it('is frozen', () => {
    const config = loadConfig({});
    expect(() => Object.assign(config.http, { port: 1 })).toThrow(TypeError);
  });

  it('reads times to live in seconds', () => {
    expect(loadConfig({ CACHE_TTL_SELLERS: '60', CACHE_TTL_CATALOGS: '0' }).ttlMs).toMatchObject({
      sellers: 60_000,
      catalogs: 0,
    });
  });

  it.each([
    ['production', 'https://catalog-api.abconnect.co/api', 'https://login.abconnect.co/connect/token'],
    [
      'staging',
      'https://catalog-api.staging.abconnect.co/api',
      'https://login.staging.abconnect.co/connect/token',
    ],
  ])('knows the URLs of %s', (environment, catalogUrl, identityUrl) => {
    const { source } = loadConfig({ ...CREDENTIALS, ABCONNECT_ENVIRONMENT: environment }).upstream;
    expect(source).toMatchObject({ kind: 'abconnect', catalogUrl, identityUrl });
  });

  it('lets each URL override the URL of the environment', () => {
    const { source } = loadConfig({
      ...CREDENTIALS,
      ABCONNECT_ENVIRONMENT: 'staging',
      ABCONNECT_CATALOG_URL: 'http://127.0.0.1:4001/api/',
    }).upstream;
    expect(source).toMatchObject({
      catalogUrl: 'http://127.0.0.1:4001/api',
      identityUrl: 'https://login.staging.abconnect.co/connect/token',
    });
  });

  it('chooses production for credentials without an environment', () => {
    expect(loadConfig(CREDENTIALS).upstream.source).toMatchObject({ environment: 'production' });
  });

  it('turns GraphiQL off in production unless it is turned on explicitly', () => {
    const production = { ...CREDENTIALS, NODE_ENV: 'production' };
    expect(loadConfig(production).http.graphiql).toBe(false);
    expect(loadConfig({ ...production, GRAPHIQL: 'true' }).http.graphiql).toBe(true);
    expect(loadConfig({ GRAPHIQL: 'off' }).http.graphiql).toBe(false);
  });

  it.each(['redis://localhost', 'redis://:pw@cache:6380/2', 'rediss://user:p%40ss@cache.example.com:6380'])(
    'accepts %s as a Redis URL',
    (url) => {
      expect(loadConfig({ REDIS_URL: url }).cache.redis?.server).toEqual({ kind: 'single', url });
    },
  );

  it('accepts a list of origins', () => {
    const { corsOrigins } = loadConfig({ CORS_ORIGINS: 'https://a.example, http://localhost:3000' }).http;
    expect(corsOrigins).toEqual(['https://a.example', 'http://localhost:3000']);
  });
});

describe('the list of origins', () => {
  it.each([
    ['https://app.example.com/', 'https://app.example.com'],
    ['https://App.Example.com', 'https://app.example.com'],
    ['https://app.example.com:443', 'https://app.example.com'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ])('refuses %s, and shows the form that browsers send', (given, right) => {
    expect(faultsOf({ CORS_ORIGINS: `https://a.example,${given}` })).toContain(`(use ${right})`);
  });

  it.each([
    'https://xn--bcher-kva.example',
    'http://[::1]:3000',
    'http://127.0.0.1:8080',
    'https://a_b.example',
  ])('accepts %s', (origin) => {
    expect(loadConfig({ CORS_ORIGINS: origin }).http.corsOrigins).toEqual([origin]);
  });
});

describe('the address of Redis', () => {
  const access = { username: 'cache', password: 'hunter2', tls: true };
  const variables = { REDIS_USERNAME: 'cache', REDIS_PASSWORD: 'hunter2', REDIS_TLS: 'true' };

  it('can come from Sentinels', () => {
    const given = { ...variables, REDIS_SENTINELS: 'a.example, [::1]:5000', REDIS_SENTINEL_NAME: 'catalogs' };
    expect(loadConfig({ ...given, REDIS_SENTINEL_PASSWORD: 'pw' }).cache.redis?.server).toEqual({
      kind: 'sentinel',
      sentinels: [
        { host: 'a.example', port: 26_379 },
        { host: '::1', port: 5000 },
      ],
      name: 'catalogs',
      sentinelPassword: 'pw',
      access,
    });
  });

  it('can be a list of some nodes of a Cluster', () => {
    const given = { ...variables, REDIS_CLUSTER_NODES: '127.0.0.1:7000,b.example' };
    expect(loadConfig(given).cache.redis?.server).toEqual({
      kind: 'cluster',
      nodes: [
        { host: '127.0.0.1', port: 7000 },
        { host: 'b.example', port: 6379 },
      ],
      access,
    });
  });

  it.each([
    [{ REDIS_URL: 'redis://a', REDIS_CLUSTER_NODES: 'b:1' }, /^ {2}REDIS_URL and REDIS_CLUSTER_NODES /m],
    [{ REDIS_SENTINELS: 'a:1' }, /^ {2}REDIS_SENTINEL_NAME is required with REDIS_SENTINELS$/m],
    [{ REDIS_URL: 'redis://a', REDIS_SENTINEL_NAME: 'x' }, /^ {2}REDIS_SENTINEL_NAME has no effect /m],
    [{ REDIS_SENTINEL_PASSWORD: 'x' }, /^ {2}REDIS_SENTINEL_PASSWORD has no effect /m],
    [{ REDIS_URL: 'redis://a', REDIS_PASSWORD: 'x' }, /^ {2}REDIS_PASSWORD requires /m],
    [{ REDIS_TLS: 'true' }, /^ {2}REDIS_TLS requires /m],
    [{ REDIS_CLUSTER_NODES: 'a:1,,b:2' }, /^ {2}REDIS_CLUSTER_NODES must be a list of host:port /m],
    [{ REDIS_CLUSTER_NODES: 'redis://a:1' }, /^ {2}REDIS_CLUSTER_NODES must be /m],
    [{ REDIS_SENTINELS: 'a:port', REDIS_SENTINEL_NAME: 'x' }, /^ {2}REDIS_SENTINELS must be /m],
    [{ REDIS_SENTINELS: 'user:hunter2@a:1', REDIS_SENTINEL_NAME: 'x' }, /^ {2}REDIS_SENTINELS must be /m],
  ])('is refused for %j', (environment, message) => {
    const faults = faultsOf(environment as Record<string, string>);
    expect(faults).toMatch(message);
    expect(faults).not.toContain('hunter2');
  });
});

describe('a wrong configuration', () => {
  it('is refused with one message that names every faulty variable', () => {
    const message = faultsOf({
      REDIS_URL: 'nonsense',
      PORT: 'http',
      BUSINESS_TIME_ZONE: 'Mars/Olympus',
      UPSTREAM_TIME_ZONE: 'CEST+1',
      ABCONNECT_ENVIRONMENT: 'staging',
    });
    for (const name of [
      'REDIS_URL',
      'PORT',
      'BUSINESS_TIME_ZONE',
      'UPSTREAM_TIME_ZONE',
      'ABCONNECT_USERNAME',
      'ABCONNECT_PASSWORD',
      'ABCONNECT_CLIENT_ID',
      'ABCONNECT_CLIENT_SECRET',
    ]) {
      expect(message).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    }
    expect(message).toContain('8 settings are wrong');
    expect(message).toContain('PORT must be a whole number from 0 to 65535, not "http"');
  });

  it.each([
    { PORT: '65536' },
    { PORT: '-1' },
    { PORT: '80.5' },
    { PORT: '0x50' },
    { LOG_LEVEL: 'loud' },
    { NODE_ENV: 'prod' },
    { SORT_LOCALE: 'not a locale' },
    { SORT_LOCALE: 'xx' },
    { GRAPHIQL: 'maybe' },
    { CACHE_TTL_SELLERS: '-5' },
    { CACHE_TTL_CATALOGS: '5m' },
    { CACHE_KEY_PREFIX: 'cat {' },
    { CACHE_VERSION: 'v 1' },
    { CORS_ORIGINS: '*' },
    { CORS_ORIGINS: 'null' },
    { CORS_ORIGINS: 'https://*.example.com' },
    { CORS_ORIGINS: 'https://a.example,https://*.example.com' },
    { CORS_ORIGINS: 'https://app.*' },
    { CORS_ORIGINS: 'https://user@app.example' },
    { CORS_ORIGINS: 'wss://app.example' },
    { CORS_ORIGINS: 'https://app.example?' },
    { CORS_ORIGINS: 'https://a.example/path' },
    { REDIS_URL: 'http://localhost:6379' },
    { REDIS_URL: 'redis://localhost/zero' },
    { ABCONNECT_ENVIRONMENT: 'prod' },
    { SANDBOX_LATENCY_MS: '300-80' },
    { SANDBOX_LATENCY_MS: 'slow' },
    { SANDBOX_ERROR_RATE: '1.5' },
    { SANDBOX_FAULT: 'explode' },
  ])('such as %j is reported with the variable, its value and the allowed values', (environment) => {
    const [[name, value] = ['', '']] = Object.entries(environment);
    const message = faultsOf(environment);
    expect(message).toContain(`${name} must `);
    if (name !== 'REDIS_URL') expect(message).toContain(JSON.stringify(value));
  });

  it.each([
    { REDIS_URL: 'redis//user:hunter2@cache' },
    { ...CREDENTIALS, ABCONNECT_CATALOG_URL: 'https://user:hunter2@catalog.example' },
    { ABCONNECT_PASSWORD: 'hunter2' },
  ])('is reported without its secrets: %#', (environment) => {
    expect(faultsOf(environment)).not.toContain('hunter2');
  });

  it('is production without credentials, by NODE_ENV or by ABCONNECT_ENVIRONMENT', () => {
    expect(faultsOf({ ABCONNECT_ENVIRONMENT: 'production' })).toContain('ABCONNECT_PASSWORD');
    expect(faultsOf({ NODE_ENV: 'production' })).toContain('ABCONNECT_ENVIRONMENT must be set');
  });

  it('is not an explicit sandbox in production', () => {
    const { source } = loadConfig({ NODE_ENV: 'production', ABCONNECT_ENVIRONMENT: 'sandbox' }).upstream;
    expect(source.kind).toBe('sandbox');
  });

  it('is an incomplete set of credentials', () => {
    const message = faultsOf({ ABCONNECT_USERNAME: 'user', ABCONNECT_CLIENT_ID: 'client' });
    expect(message).toContain('ABCONNECT_PASSWORD is required');
    expect(message).not.toContain('ABCONNECT_USERNAME is required');
  });

  it('has no polls, no warm-up, no metrics port and no trace export by default', () => {
    expect(loadConfig({})).toMatchObject({
      webhookSecrets: [],
      adaptiveTtl: null,
      maintenance: { pollMs: 0, warmOnStart: false, readyAfterWarm: false },
      telemetry: { metricsPort: null, otlpEndpoint: null, observatory: true },
    });
    const production = { NODE_ENV: 'production', ABCONNECT_ENVIRONMENT: 'sandbox' };
    expect(loadConfig(production).telemetry.observatory).toBe(false);
  });

  it('accepts several secrets for the webhook, so that they can be rotated', () => {
    const HOOK_SECRETS = 'the-old-secret-of-it, the-new-secret-of-it';
    expect(loadConfig({ HOOK_SECRETS }).webhookSecrets).toEqual([
      'the-old-secret-of-it',
      'the-new-secret-of-it',
    ]);
  });

  it('signs the webhooks of the sandbox with the newest of HOOK_SECRETS by default, and sends none by default', () => {
    const HOOK_SECRETS = 'the-old-secret-of-it,the-new-secret-of-it';
    expect(loadConfig({ HOOK_SECRETS }).sandbox.webhooks).toBeNull();
    expect(loadConfig({ HOOK_SECRETS, SANDBOX_WEBHOOK_SELF: 'on' }).sandbox.webhooks).toEqual({
      ...{ urls: [], self: true, secret: 'the-new-secret-of-it' },
    });
    const own = {
      SANDBOX_WEBHOOK_URLS: 'http://a.example/hook, http://b.example/hook',
      SANDBOX_WEBHOOK_SECRET: 'a-secret-of-the-sandbox',
    };
    expect(loadConfig({ HOOK_SECRETS, ...own }).sandbox.webhooks).toEqual({
      urls: ['http://a.example/hook', 'http://b.example/hook'],
      ...{ self: false, secret: 'a-secret-of-the-sandbox' },
    });
  });

  it.each([
    [
      { HOOK_SECRETS: 'the-old-secret-of-it,short' },
      /^ {2}HOOK_SECRETS must be secrets of at least 16 characters/m,
    ],
    [{ SANDBOX_WEBHOOK_URLS: 'http://a.example/hook,b' }, /SANDBOX_WEBHOOK_URLS must be http/],
    [{ SANDBOX_WEBHOOK_URLS: 'http://a.example/hook' }, /SANDBOX_WEBHOOK_SECRET or HOOK_SECRETS is required/],
    [{ SANDBOX_WEBHOOK_SELF: 'true' }, /HOOK_SECRETS is required/],
    [
      { SANDBOX_WEBHOOK_SELF: 'true', HOOK_SECRETS: 'a'.repeat(16), SANDBOX_WEBHOOK_SECRET: 'b'.repeat(16) },
      /HOOK_SECRETS must contain SANDBOX_WEBHOOK_SECRET/,
    ],
    [{ POLL_INTERVAL: '86401' }, /POLL_INTERVAL must be a whole number from 0 to 86400/],
    [{ METRICS_PORT: '65536' }, /METRICS_PORT must be a whole number from 0 to 65535/],
    [{ ADAPTIVE_TTL_FLOOR: '60', ADAPTIVE_TTL_CEILING: '59' }, /ADAPTIVE_TTL_FLOOR must not be above/],
    [{ OBSERVATORY: 'true' }, /ADMIN_TOKEN or ADMIN_USERS is required/],
    [{ READY_AFTER_WARM: 'true' }, /WARM_ON_START must be on/],
  ])('refuses %j', (environment, fault) => {
    const said = faultsOf(environment as Record<string, string>);
    expect(said).toMatch(fault);
    expect(said).not.toContain('short');
  });
});
