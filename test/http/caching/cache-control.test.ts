import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { age, cacheControl } from '../../../src/http/caching/cache-control.ts';

const HOUR_MS = 3_600_000;

describe('Cache-Control', () => {
  it.each([
    [60_000, HOUR_MS, 'public, max-age=60, stale-while-revalidate=3540, stale-if-error=3540'],
    [59_999, 60_000, 'public, max-age=59, stale-while-revalidate=1, stale-if-error=1'],
    [60_000, 60_000, 'public, max-age=60'],
    [999, 999, 'public, max-age=0'],
    [-5_000, 10_000, 'public, max-age=0, stale-while-revalidate=10, stale-if-error=10'],
    [-10_000, -5_000, 'public, max-age=0'],
  ])('of what is fresh for %i ms and may be served for %i is %s', (freshForMs, staleForMs, value) => {
    expect(cacheControl({ audience: 'public', freshForMs, staleForMs })).toBe(value);
  });

  it('names the audience', () => {
    expect(cacheControl({ audience: 'private', freshForMs: 1000, staleForMs: 1000 })).toBe(
      'private, max-age=1',
    );
  });

  it('forbids to keep what nobody may keep', () => {
    expect(cacheControl(null)).toBe('no-store');
  });

  it('lets nobody keep an answer longer than we do', () => {
    const ms = fc.integer({ min: -HOUR_MS, max: HOUR_MS });
    fc.assert(
      fc.property(ms, ms, (freshForMs, staleForMs) => {
        const value = cacheControl({ audience: 'public', freshForMs, staleForMs });
        const [maxAge = 0, stale = 0] = [...value.matchAll(/=(\d+)/g)].map(([, digits]) => Number(digits));
        expect(maxAge * 1000).toBeLessThanOrEqual(Math.max(0, freshForMs));
        if (stale > 0) expect((maxAge + stale) * 1000).toBeLessThanOrEqual(staleForMs);
      }),
    );
  });
});

describe('Age', () => {
  it.each([
    [0, 0],
    [999, 0],
    [1000, 1],
    [61_500, 61],
    // Made by a process whose clock is ahead.
    [-1, 0],
    [-60_000, 0],
  ])('%i ms after the answer was made is %i', (elapsedMs, seconds) => {
    const madeAtMs = Date.UTC(2026, 0, 1);
    expect(age(madeAtMs + elapsedMs, madeAtMs)).toBe(seconds);
  });
});
