import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidationNotAcknowledged as NotTaken } from '../../src/cache/engine/invalidator.ts';
import {
  type ChangeSignal,
  createChangeSignals,
  tagsOfSignals,
} from '../../src/repository/change-signals.ts';
import type { RepositoryEvent } from '../../src/repository/events.ts';
import { createKeyClasses } from '../../src/repository/key-classes.ts';

const OCCURRED_AT = new Date('2026-06-15T11:59:58Z');
const ACKNOWLEDGED_AT = Date.parse('2026-06-15T12:00:00Z');

function seller(id: number): ChangeSignal {
  return { entity: 'seller', id, sellerIds: [], occurredAt: OCCURRED_AT };
}

function catalog(id: number, sellerIds: readonly number[] = []): ChangeSignal {
  return { entity: 'catalog', id, sellerIds, occurredAt: OCCURRED_AT };
}

describe('tags of a change signal', () => {
  it('cover a seller, all lists of sellers and the catalogs of the seller', () => {
    expect(tagsOfSignals([seller(7)])).toEqual(['seller:7', 'sellers', 'catalogs:seller:7']);
  });

  it('cover a catalog and the lists of its sellers', () => {
    expect(tagsOfSignals([catalog(9, [7, 8])])).toEqual([
      'catalog:9',
      'catalogs:seller:7',
      'catalogs:seller:8',
    ]);
  });

  it('cover a catalog and all catalogs if its sellers are unknown', () => {
    expect(tagsOfSignals([catalog(9)])).toEqual(['catalog:9', 'catalogs']);
  });

  it('contain each tag once', () => {
    const tags = tagsOfSignals([seller(7), seller(7), catalog(9, [7]), catalog(9, [7])]);
    expect(tags).toEqual(['seller:7', 'sellers', 'catalogs:seller:7', 'catalog:9']);
  });

  it('are specific up to 20,000 tags, and all entries beyond', () => {
    const signals = Array.from({ length: 20_000 }, (_, id) => catalog(id, [1]));
    expect(tagsOfSignals(signals.slice(1))).toHaveLength(20_000);
    expect(tagsOfSignals(signals)).toEqual(['sellers', 'catalogs']);
  });

  it('stop being collected beyond the limit', () => {
    const signals = Array.from({ length: 20_001 }, (_, id) => seller(id));
    const unread = {
      ...seller(1),
      get id(): number {
        throw new Error('read');
      },
    };
    expect(tagsOfSignals([...signals, unread])).toEqual(['sellers', 'catalogs']);
  });
});

// So small that things meet.
const id = fc.integer({ min: 0, max: 5 });
const signals = fc.array(
  fc.oneof(
    id.map(seller),
    fc
      .tuple(id, fc.array(id, { maxLength: 3 }))
      .map(([catalogId, sellerIds]) => catalog(catalogId, sellerIds)),
  ),
  { minLength: 1, maxLength: 4 },
);

const classes = createKeyClasses({ sellers: 1, catalogs: 1, filter: 1, unknown: 1, stale: 1 }, null);

/** Entries, each with whether it may show what a signal tells of. */
const entries = fc.oneof(
  fc.constant({ tags: classes.sellers.tags('all'), isMet: isSeller }),
  fc.constant({ tags: classes.filteredSellers.tags({ name: 'x' }), isMet: isSeller }),
  // The tag of the list is on each seller: it may not be in one that has it.
  id.map((sellerId) => ({ tags: classes.seller.tags(sellerId), isMet: isSeller })),
  id.map((catalogId) => ({
    tags: classes.catalog.tags(catalogId),
    isMet: (each: ChangeSignal) =>
      each.entity === 'catalog' && (each.id === catalogId || each.sellerIds.length === 0),
  })),
  id.map((sellerId) => ({ tags: classes.catalogs.tags(sellerId), isMet: showsCatalogsOf(sellerId) })),
  id.map((sellerId) => ({
    tags: classes.filteredCatalogs.tags({ sellerId, filter: { title: 'x' } }),
    isMet: showsCatalogsOf(sellerId),
  })),
);

function isSeller({ entity }: ChangeSignal): boolean {
  return entity === 'seller';
}

function showsCatalogsOf(sellerId: number) {
  return ({ entity, id, sellerIds }: ChangeSignal) =>
    entity === 'seller' ? id === sellerId : sellerIds.length === 0 || sellerIds.includes(sellerId);
}

it('invalidate every entry that may show the change, and no other', () => {
  fc.assert(
    fc.property(signals, entries, (given, { tags, isMet }) => {
      const invalidated = new Set(tagsOfSignals(given));
      expect(tags.some((tag) => invalidated.has(tag))).toBe(given.some(isMet));
    }),
    { numRuns: 2000 },
  );
});

describe('applying change signals', () => {
  function start(invalidate: (tags: readonly string[]) => void = () => {}) {
    const events: RepositoryEvent[] = [];
    const asked: [number, string][] = [];
    const { take } = createChangeSignals({
      cache: {
        async invalidate(tags, source = 'operator') {
          asked.push([tags.length, source]);
          invalidate(tags);
          return { tags: [], at: ACKNOWLEDGED_AT, acknowledgedBy: 'redis' };
        },
      },
      report: (event) => events.push(event),
    });
    return { take, events, asked };
  }

  it('reports the number of signals, the refused ones and the latency of the earliest', async () => {
    const { take, events } = start();
    const earlier = { ...seller(8), occurredAt: new Date('2026-06-15T11:59:30Z') };
    expect(await take([seller(7), earlier], 3)).toEqual({ tags: 5, at: ACKNOWLEDGED_AT });
    expect(events).toEqual([{ type: 'signals-taken', taken: 2, refused: 3, tags: 5, latencyMs: 30_000 }]);
  });

  it('reports no latency for a source clock that is ahead', async () => {
    const { take, events } = start();
    await take([{ ...seller(7), occurredAt: new Date(ACKNOWLEDGED_AT + 5000) }], 0);
    expect(events).toMatchObject([{ latencyMs: 0 }]);
  });

  it('splits many tags into trips of bounded size', async () => {
    const { take, asked } = start();
    await take(
      Array.from({ length: 600 }, (_, each) => catalog(each, [1])),
      0,
    );
    expect(asked).toEqual([
      [250, 'webhook'],
      [250, 'webhook'],
      [101, 'webhook'],
    ]);
  });

  it('is neither acknowledged nor reported if the last trip fails', async () => {
    const { take, events } = start((tags) => {
      if (tags.includes('catalog:550')) throw new NotTaken('of no matter');
    });
    const taking = take(
      Array.from({ length: 600 }, (_, each) => catalog(each, [1])),
      0,
    );
    await expect(taking).rejects.toMatchObject({ code: 'INVALIDATION_NOT_ACKNOWLEDGED' });
    expect(events).toEqual([]);
  });

  it('rethrows an internal error unchanged', async () => {
    const fault = new TypeError('ours');
    const { take } = start(() => {
      throw fault;
    });
    await expect(take([seller(1)], 0)).rejects.toBe(fault);
  });
});
