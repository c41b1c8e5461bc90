import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cacheStatus } from '../../../src/http/response-cache/response-headers.ts';
import type { CacheOutcome } from '../../../src/http/response-cache/stored-response.ts';

// One member of a list (RFC 9651, 3.1): a token, and parameters of integers, tokens, or nothing for true.
const MEMBER = /^catalog-gateway(; [a-z]+(=(-?\d{1,15}|[a-z][a-z-]*))?)+$/;

describe('Cache-Status', () => {
  it.each<[CacheOutcome, string]>([
    [{ kind: 'hit', ttlSeconds: 60 }, 'catalog-gateway; hit; ttl=60'],
    [{ kind: 'hit', ttlSeconds: 0.9 }, 'catalog-gateway; hit; ttl=0'],
    [{ kind: 'hit', ttlSeconds: -412 }, 'catalog-gateway; hit; ttl=-412'],
    [{ kind: 'hit', ttlSeconds: -0.1 }, 'catalog-gateway; hit; ttl=-1'],
    [{ kind: 'hit', ttlSeconds: -0 }, 'catalog-gateway; hit; ttl=0'],
    [{ kind: 'hit', ttlSeconds: 1e300 }, 'catalog-gateway; hit; ttl=999999999999999'],
    [{ kind: 'hit', ttlSeconds: 3, tooSoon: true }, 'catalog-gateway; hit; ttl=3; detail=min-interval'],
    [{ kind: 'miss', stored: false, collapsed: false }, 'catalog-gateway; fwd=miss'],
    [{ kind: 'miss', stored: true, collapsed: false }, 'catalog-gateway; fwd=miss; stored'],
    [{ kind: 'miss', stored: true, collapsed: true }, 'catalog-gateway; fwd=miss; stored; collapsed'],
    [{ kind: 'miss', stored: false, collapsed: true }, 'catalog-gateway; fwd=miss; collapsed'],
    [{ kind: 'request', stored: true, collapsed: false }, 'catalog-gateway; fwd=request; stored'],
    [{ kind: 'bypass' }, 'catalog-gateway; fwd=bypass'],
    [{ kind: 'not-held' }, 'catalog-gateway; detail=only-if-cached'],
  ])('represents %j', (outcome, value) => {
    expect(cacheStatus(outcome)).toBe(value);
    expect(value).toMatch(MEMBER);
  });

  it('is a valid structured field for every time to live', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (ttlSeconds) => {
        expect(cacheStatus({ kind: 'hit', ttlSeconds })).toMatch(MEMBER);
      }),
    );
  });
});
