import { describe, expect, it } from 'vitest';
import { boundedTags, invalidateMany } from '../../src/repository/many-tags.ts';

const tags = (count: number) => Array.from({ length: count }, (_, index) => `catalog:${index}`);

describe('many tags', () => {
  it('are listed up to 20,000, and replaced by those of everything beyond', () => {
    expect(boundedTags(new Set(tags(20_000)))).toEqual(tags(20_000));
    expect(boundedTags(new Set(tags(20_001)))).toEqual(['sellers', 'catalogs']);
  });

  it('are invalidated 250 at a time in sequence; no tags make no trip', async () => {
    const trips: (readonly string[])[] = [];
    const cache = {
      async invalidate(given: readonly string[]) {
        trips.push(given);
        return { tags: [], at: 0, acknowledgedBy: 'redis' as const };
      },
    };
    await invalidateMany(cache, tags(2500), 'poller');
    await invalidateMany(cache, [], 'poller');
    expect(trips.map(({ length }) => length)).toEqual(Array.from({ length: 10 }, () => 250));
    expect(trips.flat()).toEqual(tags(2500));
  });
});
