import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';

type Variables = Record<string, string>;

const NAMESPACE = /^cat_v1\.[0-9a-v]{8}:$/;

const word = fc.stringMatching(/^[a-z]{1,8}$/);
const number = (max: number) => fc.nat({ max }).map(String);

const account = fc.record({
  ABCONNECT_CATALOG_URL: word.map((name) => `https://${name}.example/api`),
  ABCONNECT_IDENTITY_URL: word.map((name) => `https://${name}.example/token`),
  ABCONNECT_USERNAME: word,
  ABCONNECT_CLIENT_ID: word,
});
const sandbox = fc.record({
  ABCONNECT_ENVIRONMENT: fc.constant('sandbox'),
  SANDBOX_SEED: number(3),
  SANDBOX_SELLERS: number(3),
  SANDBOX_MAX_CATALOGS: number(3),
  SANDBOX_LOTS: number(3),
});
/** The variables that the data depends on. */
const source: fc.Arbitrary<Variables> = fc.oneof(account, sandbox);
const timeZone = fc.constantFrom('UTC', 'Europe/Paris', 'America/New_York', 'Asia/Kolkata');

/** The variables that the data does not depend on. */
const rest: fc.Arbitrary<Variables> = fc.record({
  PORT: number(65_535),
  ABCONNECT_PASSWORD: word,
  ABCONNECT_CLIENT_SECRET: word,
  ADMIN_TOKEN: word.map((text) => text.padEnd(16, 'x')),
  CACHE_TTL_SELLERS: number(1000),
  CACHE_TTL_CATALOGS: number(1000),
  CACHE_TTL_STALE: number(1000),
  UPSTREAM_PAGE_SIZE: number(1000).map((size) => `1${size}`),
  UPSTREAM_DEADLINE_MS: number(1000).map((ms) => `1${ms}`),
  BUSINESS_TIME_ZONE: timeZone,
  SANDBOX_LATENCY_MS: number(1000),
  SANDBOX_MAX_PAGE_SIZE: number(1000).map((size) => `1${size}`),
});

/** Without the passwords, which the sandbox does not use. */
function namespacesOf(given: Variables, zone: string, others: Variables) {
  const variables = { ...others, ...given, UPSTREAM_TIME_ZONE: zone };
  const { sourcePrefix, keyPrefix } = loadConfig(variables).cache;
  return { sourcePrefix, keyPrefix };
}

describe('namespaces', () => {
  it('are equal if and only if the values depend on the same variables with the same values', () => {
    fc.assert(
      fc.property(source, source, timeZone, timeZone, rest, rest, (one, two, zone, other, these, those) => {
        const first = namespacesOf(one, zone, these);
        const second = namespacesOf(two, other, those);
        const isSameSource = JSON.stringify(one) === JSON.stringify(two);
        expect(first.sourcePrefix === second.sourcePrefix).toBe(isSameSource);
        expect(first.keyPrefix === second.keyPrefix).toBe(isSameSource && zone === other);
        // The same source in the same zone has equal namespaces, whatever else differs.
        expect(namespacesOf(one, zone, those)).toEqual(first);
        expect(first.keyPrefix).not.toBe(first.sourcePrefix);
        for (const prefix of Object.values(first)) expect(prefix).toMatch(NAMESPACE);
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  it.each([
    'ABCONNECT_CATALOG_URL',
    'ABCONNECT_IDENTITY_URL',
    'ABCONNECT_USERNAME',
    'ABCONNECT_CLIENT_ID',
    'SANDBOX_SEED',
    'SANDBOX_SELLERS',
    'SANDBOX_MAX_CATALOGS',
    'SANDBOX_LOTS',
  ])('differ if only %s differs', (variable) => {
    const isSandbox = variable.startsWith('SANDBOX_');
    fc.assert(
      fc.property(isSandbox ? sandbox : account, rest, (given: Variables, others) => {
        const text = given[variable] ?? '';
        const another = isSandbox ? `1${text}` : text.replace(/([a-z])(\.example|$)/, '$1x$2');
        const first = namespacesOf(given, 'UTC', others);
        const second = namespacesOf({ ...given, [variable]: another }, 'UTC', others);
        expect(another).not.toBe(text);
        expect(second.sourcePrefix).not.toBe(first.sourcePrefix);
        expect(second.keyPrefix).not.toBe(first.keyPrefix);
      }),
      { seed: 12, numRuns: 20 },
    );
  });

  it('differ for values that are the same text when joined', () => {
    const base = {
      ABCONNECT_PASSWORD: 'x',
      ABCONNECT_CLIENT_SECRET: 'x',
    };
    const ofPair = (ABCONNECT_USERNAME: string, ABCONNECT_CLIENT_ID: string) =>
      namespacesOf({ ...base, ABCONNECT_USERNAME, ABCONNECT_CLIENT_ID }, 'UTC', {}).sourcePrefix;
    expect(ofPair('ab', 'c')).not.toBe(ofPair('a', 'bc'));
    expect(ofPair('a","b', 'c')).not.toBe(ofPair('a', 'b","c'));
  });

  it('are equal for two spellings of a URL', () => {
    const ofUrl = (ABCONNECT_CATALOG_URL: string) =>
      namespacesOf(
        {
          ABCONNECT_CATALOG_URL,
          ...{ ABCONNECT_USERNAME: 'a', ABCONNECT_CLIENT_ID: 'b' },
          ...{ ABCONNECT_PASSWORD: 'x', ABCONNECT_CLIENT_SECRET: 'x' },
        },
        'UTC',
        {},
      );
    expect(ofUrl('HTTPS://Catalog.Example:443/api/')).toEqual(ofUrl('https://catalog.example/api'));
  });

  it('follow CACHE_KEY_PREFIX and CACHE_VERSION', () => {
    const { cache } = loadConfig({ CACHE_KEY_PREFIX: 'shop:', CACHE_VERSION: '7' });
    for (const prefix of [cache.keyPrefix, cache.sourcePrefix])
      expect(prefix).toMatch(/^shop:7\.[0-9a-v]{8}:$/);
  });
});
