import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { age, cacheControl } from '../../../src/http/response-cache/response-headers.ts';

const HOUR_MS = 3_600_000;

describe('Cache-Control', () => {
  it.each([
    [60_000, HOUR_MS, 'public, max-age=60, stale-while-revalidate=3540, stale-if-error=3540'],
    [59_999, 60_000, 'public, max-age=59, stale-while-revalidate=1, stale-if-error=1'],
    [60_000, 60_000, 'public, max-age=60'],
    [999, 999, 'public, max-age=0'],
  ])('of a response fresh for %i ms and servable for %i ms is %s', (freshMs, staleMs, value) => {
    expect(cacheControl({ audience: 'public', freshMs, staleMs })).toBe(value);
  });

  it('names the audience', () => {
    expect(cacheControl({ audience: 'private', freshMs: 1000, staleMs: 1000 })).toBe('private, max-age=1');
  });

  it('is no-store for a response that must not be stored', () => {
    expect(cacheControl(null)).toBe('no-store');
  });

  it('minus Age never exceeds the lifetime in this cache', () => {
    const ms = fc.integer({ min: 0, max: HOUR_MS });
    fc.assert(
      fc.property(ms, ms, ms, (freshMs, moreMs, ageMs) => {
        const staleMs = freshMs + moreMs;
        const value = cacheControl({ audience: 'public', freshMs, staleMs });
        const [maxAge = 0, stale = 0] = [...value.matchAll(/=(\d+)/g)].map(([, digits]) => Number(digits));
        const seconds = age(ageMs, 0);
        expect((maxAge - seconds) * 1000).toBeLessThanOrEqual(freshMs - ageMs);
        expect((maxAge + stale - seconds) * 1000).toBeLessThanOrEqual(staleMs - ageMs);
      }),
    );
  });
});

describe('Age', () => {
  it.each([
    [0, 0],
    [1, 1],
    [1000, 1],
    [61_500, 62],
    // The response comes from a process whose clock is ahead.
    [-1, 0],
    [-60_000, 0],
  ])('%i ms after the load is %i', (elapsedMs, seconds) => {
    const madeAtMs = Date.UTC(2026, 0, 1);
    expect(age(madeAtMs + elapsedMs, madeAtMs)).toBe(seconds);
  });
});
