import { describe, expect, it } from 'vitest';
import { changesBetween } from '../../../src/repository/maintenance/changes.ts';
import { snapshotOf } from '../../../src/repository/maintenance/snapshot.ts';
import { catalog, type Source, seller, startSource } from './source.ts';

function snapshot({ sellers, catalogs }: Source) {
  return new Map(sellers.map((each) => [each.id, snapshotOf(each, catalogs.get(each.id) ?? [])]));
}

/** What is told of a change to three sellers, sorted. */
async function changesBy(change: (source: Source) => void) {
  const source = startSource(3);
  const before = snapshot(source);
  change(source);
  const { count, tags } = await changesBetween(before, snapshot(source));
  return { count, tags: [...tags].sort() };
}

const catalogsOf = ({ catalogs }: Source, id: number) => catalogs.get(id) ?? [];

describe('changes between two snapshots', () => {
  it.each<[string, (source: Source) => void, number, string[]]>([
    ['nothing', () => {}, 0, []],
    [
      'a catalog that was added',
      (source) => catalogsOf(source, 2).push(catalog(99)),
      1,
      ['catalog:99', 'catalogs:seller:2'],
    ],
    [
      'a catalog that was renamed',
      (source) => catalogsOf(source, 2).splice(0, 1, catalog(21, { title: 'Renamed' })),
      1,
      ['catalog:21', 'catalogs:seller:2'],
    ],
    [
      'a catalog that moved to another seller',
      (source) => catalogsOf(source, 3).push(...catalogsOf(source, 2).splice(0, 1)),
      1,
      ['catalog:21', 'catalogs:seller:2', 'catalogs:seller:3'],
    ],
    [
      'a catalog that was removed',
      (source) => catalogsOf(source, 2).splice(1, 1),
      1,
      ['catalog:22', 'catalogs:seller:2'],
    ],
    [
      'a seller that was renamed',
      (source) => source.sellers.splice(1, 1, seller(2, { name: 'Renamed' })),
      1,
      ['catalogs:seller:2', 'seller:2', 'sellers'],
    ],
    [
      'a seller without catalogs that was added',
      (source) => source.sellers.unshift(seller(9)),
      1,
      ['catalogs:seller:9', 'seller:9', 'sellers'],
    ],
    [
      'a seller that was removed with its catalogs',
      (source) => source.sellers.splice(1, 1),
      3,
      ['catalog:21', 'catalog:22', 'catalogs:seller:2', 'seller:2', 'sellers'],
    ],
    ['the order of the sellers', (source) => source.sellers.reverse(), 1, ['sellers']],
  ])('contain the tags for %s, and no others', async (_, change, count, tags) => {
    expect(await changesBy(change)).toEqual({ count, tags });
  });

  it('contain a catalog of two sellers once, and both sellers', async () => {
    const source = startSource(3);
    for (const id of [1, 2]) catalogsOf(source, id).push(catalog(99));
    const before = snapshot(source);
    for (const id of [1, 2]) catalogsOf(source, id).splice(2, 1, catalog(99, { title: 'Renamed' }));
    const { count, tags } = await changesBetween(before, snapshot(source));
    expect(count).toBe(1);
    expect(new Set(tags)).toEqual(new Set(['catalog:99', 'catalogs:seller:1', 'catalogs:seller:2']));
  });

  it('cover everything beyond 20,000 tags', async () => {
    const before = snapshot(startSource(0));
    const many = await changesBetween(before, snapshot(startSource(4999)));
    expect(many.tags).toHaveLength(4999 * 4 + 1);
    const all = await changesBetween(before, snapshot(startSource(5000)));
    expect(all).toEqual({ count: 15_000, tags: ['sellers', 'catalogs'] });
  });

  it('cover every former entry if the upstream is empty', async () => {
    const { count, tags } = await changesBy((source) => source.sellers.splice(0));
    expect(count).toBe(9);
    expect(tags).toHaveLength(13);
  });
});
