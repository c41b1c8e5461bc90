import { describe, expect, it } from 'vitest';

/** The script of the page, which has no types. */
const { quantileBetween, tiersBetween, shares, requestsBetween } = (await import(
  new URL('../../../src/http/observatory/page/figures.js', import.meta.url).href
)) as {
  quantileBetween(before: Measured, after: Measured, quantile: number): number | null;
  tiersBetween(before: object, after: object): Record<string, number>;
  requestsBetween(before: object, after: object): Record<string, number>;
  shares(counts: Record<string, number>): Record<string, number | null>;
};

interface Measured {
  readonly durations: { readonly upperBoundsSeconds: readonly number[]; readonly counts: readonly number[] };
}

const measured = (...counts: number[]): Measured => ({
  durations: { upperBoundsSeconds: [0.1, 0.2, 0.4], counts },
});

describe('a quantile between two observations', () => {
  it('lies within its bucket in proportion to its rank', () => {
    const before = measured(5, 5, 5, 5);
    const after = measured(15, 15, 5, 5);
    expect(quantileBetween(before, after, 0.25)).toBeCloseTo(0.05);
    expect(quantileBetween(before, after, 0.5)).toBeCloseTo(0.1);
    expect(quantileBetween(before, after, 0.75)).toBeCloseTo(0.15);
  });

  it('skips empty buckets', () => {
    expect(quantileBetween(measured(0, 0, 0, 0), measured(1, 0, 1, 0), 0.99)).toBeCloseTo(0.396);
  });

  it('is the highest bound for values above all buckets', () => {
    expect(quantileBetween(measured(0, 0, 0, 0), measured(0, 0, 0, 9), 0.5)).toBe(0.4);
  });

  it('is undefined without measurements', () => {
    expect(quantileBetween(measured(1, 2, 3, 4), measured(1, 2, 3, 4), 0.5)).toBeNull();
  });
});

describe('counts between two observations', () => {
  it('are summed over all kinds, new ones included', () => {
    const kind = { memory: 3, redis: 2, stale: 1, miss: 1, coalesced: 0 };
    expect(
      tiersBetween({ lookups: { a: kind } }, { lookups: { a: { ...kind, memory: 5 }, b: kind } }),
    ).toEqual({
      memory: 5,
      redis: 2,
      miss: 1,
      coalesced: 0,
    });
  });

  it('exclude pages, which the observatory itself requests', () => {
    expect(requestsBetween({ requests: { hit: 1, page: 1 } }, { requests: { hit: 4, page: 9 } })).toEqual({
      hit: 3,
    });
  });

  it('have no shares if nothing was counted', () => {
    expect(shares({ memory: 0, miss: 0 })).toEqual({ memory: null, miss: null });
    expect(shares({ memory: 3, miss: 1 })).toEqual({ memory: 0.75, miss: 0.25 });
  });
});
