import { describe, expect, it } from 'vitest';
import { effectiveSettings } from '../../src/cli/check-config.ts';
import { loadConfig } from '../../src/config/config.ts';
import { faultsOf } from '../support/config-faults.ts';

const SECRET = 'a-secret-of-more-than-32-characters';
const OTHER_SECRET = 'another-secret-of-32-characters-or-more';
const TOKENS = {
  AUTH_JWT_ISSUER: 'https://issuer.example/',
  AUTH_JWT_AUDIENCE: 'catalog-gateway',
  AUTH_JWKS_URL: 'https://issuer.example/keys',
};
const PRODUCTION = { NODE_ENV: 'production', ABCONNECT_ENVIRONMENT: 'sandbox' };

type Variables = Record<string, string>;

describe('authentication', () => {
  it('is off by default, and clients have no limit', () => {
    expect(loadConfig({})).toMatchObject({
      auth: null,
      adminUsers: [],
      clients: { server: null, cost: 0, windowMs: 60_000, trustedProxies: [] },
    });
  });

  it('has sessions with the defaults of their times, in memory without Redis', () => {
    expect(loadConfig({ AUTH: 'optional' })).toMatchObject({
      auth: {
        required: false,
        sessions: { idleMs: 28_800_000, maxMs: 604_800_000, graceMs: 900_000, secrets: [] },
        tokens: null,
      },
      clients: { server: null },
    });
  });

  it('reads every setting', () => {
    const config = loadConfig({
      ...{
        AUTH: 'required',
        ADMIN_USERS: 'anna, Ben',
        SESSION_SECRETS: `${SECRET}, ${OTHER_SECRET}`,
        ...TOKENS,
      },
      ...{
        SESSION_IDLE: '600',
        SESSION_MAX: '3600',
        SESSION_GRACE: '0',
        SESSION_REDIS_URL: 'redis://sessions:6380',
      },
      ...{ RATE_LIMIT_COST: '5000', RATE_LIMIT_WINDOW: '10', TRUST_PROXY: 'loopback, 10.0.0.0/8' },
      ...{ AUTH_JWT_ALGORITHMS: 'ES256,EdDSA', REDIS_URL: 'redis://cache:6379' },
    });
    expect(config).toMatchObject({
      auth: {
        required: true,
        sessions: { idleMs: 600_000, maxMs: 3_600_000, graceMs: 0, secrets: [SECRET, OTHER_SECRET] },
        tokens: {
          ...{ issuer: TOKENS.AUTH_JWT_ISSUER, audience: TOKENS.AUTH_JWT_AUDIENCE },
          ...{ keysUrl: TOKENS.AUTH_JWKS_URL, algorithms: ['ES256', 'EdDSA'] },
        },
      },
      adminUsers: ['anna', 'Ben'],
      clients: {
        server: { kind: 'single', url: 'redis://sessions:6380' },
        ...{ cost: 5000, windowMs: 10_000, trustedProxies: ['loopback', '10.0.0.0/8'] },
      },
    });
  });

  it('has no sessions with tokens alone', () => {
    expect(loadConfig({ AUTH: 'required', ...TOKENS }).auth).toMatchObject({
      sessions: null,
      tokens: { algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
    });
    expect(loadConfig({ AUTH: 'required', ...PRODUCTION, ...TOKENS }).auth?.sessions).toBeNull();
  });

  it('keeps sessions in the Redis of the cache by default', () => {
    const environment = { AUTH: 'optional', SESSION_SECRETS: SECRET, REDIS_URL: 'redis://cache:6379' };
    expect(loadConfig(environment).clients.server).toEqual({ kind: 'single', url: 'redis://cache:6379' });
  });
});

describe('a setting of authentication', () => {
  it.each([
    [{ AUTH: 'on' }, /AUTH must be one of off, optional, required, not "on"/],
    [{ SESSION_IDLE: '59' }, /SESSION_IDLE must be a whole number from 60 to 31536000, not "59"/],
    [{ SESSION_MAX: 'week' }, /SESSION_MAX must be a whole number from 60 to 31536000, not "week"/],
    [{ SESSION_GRACE: '-1' }, /SESSION_GRACE must be a whole number from 0 to 86400, not "-1"/],
    [{ SESSION_SECRETS: 'hunter2' }, /SESSION_SECRETS must be secrets of at least 32 characters/],
    [{ SESSION_SECRETS: `${SECRET},hunter2` }, /SESSION_SECRETS must be secrets of at least 32 characters/],
    [{ SESSION_REDIS_URL: 'http://:hunter2@sessions' }, /SESSION_REDIS_URL must be redis:/],
    [{ AUTH_JWKS_URL: 'https://user:hunter2@issuer.example' }, /AUTH_JWKS_URL must be an http:/],
    [{ AUTH_JWT_ALGORITHMS: 'none' }, /AUTH_JWT_ALGORITHMS must be names from RS256,/],
    [{ AUTH_JWT_ALGORITHMS: 'RS256,HS256' }, /AUTH_JWT_ALGORITHMS must be names from RS256,/],
    [{ ADMIN_USERS: 'anna,,ben' }, /ADMIN_USERS must be names separated by commas/],
    [{ RATE_LIMIT_COST: '1.5' }, /RATE_LIMIT_COST must be a whole number from 0 to 1000000000/],
    [{ RATE_LIMIT_WINDOW: '0' }, /RATE_LIMIT_WINDOW must be a whole number from 1 to 86400/],
    [{ TRUST_PROXY: 'true' }, /TRUST_PROXY "true" is not an address/],
    [{ TRUST_PROXY: '0.0.0.0/0' }, /TRUST_PROXY "0\.0\.0\.0\/0" trusts everybody/],
    [{ AUTH: 'off', ADMIN_USERS: 'anna' }, /ADMIN_USERS has no effect if AUTH is off/],
    [{ SESSION_SECRETS: SECRET }, /SESSION_SECRETS has no effect if AUTH is off/],
    [TOKENS, /AUTH_JWT_ISSUER has no effect if AUTH is off\n {2}AUTH_JWT_AUDIENCE .+\n {2}AUTH_JWKS_URL /],
    [
      { AUTH: 'optional', AUTH_JWT_ISSUER: 'a' },
      /AUTH_JWT_AUDIENCE and AUTH_JWKS_URL must be set too if bearer tokens are accepted/,
    ],
    [{ AUTH: 'required', ...PRODUCTION }, /SESSION_SECRETS, or AUTH_JWT_ISSUER, .+ are required/],
    [{ AUTH: 'optional', REDIS_URL: 'redis://a' }, /SESSION_SECRETS is required for sessions in Redis/],
    [
      { AUTH: 'optional', SESSION_REDIS_URL: 'redis://a' },
      /SESSION_SECRETS is required for sessions in Redis/,
    ],
    [
      { AUTH: 'optional', SESSION_IDLE: '700', SESSION_MAX: '600', SESSION_GRACE: '0' },
      /SESSION_IDLE must not/,
    ],
    [{ AUTH: 'optional', SESSION_IDLE: '600', SESSION_GRACE: '601' }, /SESSION_GRACE must not be above/],
    [{ AUTH: 'optional', RESPONSE_CACHE_SHARED: 'true' }, /RESPONSE_CACHE_SHARED must be off/],
    [{ AUTH: 'optional', ...TOKENS, ADMIN_USERS: 'anna' }, /ADMIN_USERS has no effect without sessions/],
  ] as [Variables, RegExp][])('is refused for %j', (environment, fault) => {
    const message = faultsOf(environment);
    expect(message).toMatch(fault);
    expect(message).not.toMatch(/hunter2|a-secret-of/);
  });

  it('is named with all others that are wrong', () => {
    const message = faultsOf({
      ...{ AUTH: 'required', AUTH_JWT_ISSUER: 'a', REDIS_URL: 'redis://:hunter2@cache' },
      ...{ SESSION_IDLE: '700', SESSION_MAX: '600', SESSION_GRACE: '800' },
      ...{ RESPONSE_CACHE_SHARED: 'true' },
    });
    expect(message).toContain('5 settings are wrong');
    for (const name of [
      'AUTH_JWT_AUDIENCE',
      'SESSION_SECRETS',
      'SESSION_IDLE',
      'SESSION_GRACE',
      'RESPONSE_CACHE_SHARED',
    ])
      expect(message).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(message).not.toContain('hunter2');
  });
});

describe('the settings as the command line shows them', () => {
  it('have no secret', () => {
    const environment = {
      ...{ AUTH: 'required', ADMIN_USERS: 'anna', SESSION_SECRETS: SECRET, ...TOKENS },
      SESSION_REDIS_URL: 'redis://:hunter2@sessions',
    };
    const settings = effectiveSettings(environment, loadConfig(environment));
    expect(JSON.stringify(settings)).not.toMatch(/hunter2|a-secret-of/);
    const shown = (name: string) => settings.find(({ variable }) => variable === name)?.value;
    expect(['SESSION_SECRETS', 'SESSION_REDIS_URL', 'ADMIN_USERS'].map(shown)).toEqual([
      '(set)',
      '(set)',
      'anna',
    ]);
    expect(shown('SESSION_IDLE')).toBe('28800');
  });

  it('say that the observatory is on for operators who sign in', () => {
    const environment = { AUTH: 'optional', ADMIN_USERS: 'anna' };
    const settings = effectiveSettings(environment, loadConfig(environment));
    expect(settings).toContainEqual({ variable: 'OBSERVATORY', value: 'true', from: 'derived' });
  });
});
