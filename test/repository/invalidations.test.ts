import { describe, expect, it } from 'vitest';
import { InvalidationNotAcknowledged as NotTaken } from '../../src/cache/engine/invalidator.ts';
import { invalidateTags } from '../../src/repository/invalidations.ts';
import { boundedTags } from '../../src/repository/keys.ts';

const tags = (count: number) => Array.from({ length: count }, (_, index) => `catalog:${index}`);

describe('many tags', () => {
  it('are kept one by one up to 20,000, and replaced by those of everything beyond', () => {
    expect(boundedTags(new Set(tags(20_000)))).toEqual(tags(20_000));
    expect(boundedTags(new Set(tags(20_001)))).toEqual(['sellers', 'catalogs']);
  });

  it('are invalidated 250 at a time, one trip after the other, and no tags make no trip', async () => {
    const trips: (readonly string[])[] = [];
    const cache = {
      async invalidate(given: readonly string[]) {
        trips.push(given);
        const result = given.map((tag) => ({ tag, known: true }));
        return { tags: result, at: trips.length, acknowledgedBy: 'redis' as const };
      },
    };
    const { tags: invalidated, at } = await invalidateTags(cache, tags(2500), 'poller');
    expect((await invalidateTags(cache, [], 'poller')).at).toBe(0);
    expect(trips.map(({ length }) => length)).toEqual(Array.from({ length: 10 }, () => 250));
    expect(trips.flat()).toEqual(tags(2500));
    expect(invalidated.map(({ tag }) => tag)).toEqual(tags(2500));
    expect(at).toBe(10);
  });

  it('fail with an error for clients if Redis does not acknowledge one trip', async () => {
    const cause = new NotTaken('Redis did not acknowledge the invalidation.');
    const cache = {
      async invalidate() {
        throw cause;
      },
    };
    await expect(invalidateTags(cache, tags(1), 'poller')).rejects.toMatchObject({
      code: 'INVALIDATION_NOT_ACKNOWLEDGED',
      cause,
    });
  });
});
