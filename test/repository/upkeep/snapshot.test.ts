import { describe, expect, it } from 'vitest';
import { packSnapshot, snapshotOf, unpackSnapshot } from '../../../src/repository/upkeep/snapshot.ts';
import { catalog, seller } from './source.ts';

const many = (sellers: number, catalogsEach: number) =>
  new Map(
    Array.from({ length: sellers }, (_, index) => [
      index - 5,
      snapshotOf(
        seller(index),
        Array.from({ length: catalogsEach }, (__, at) => catalog(index * catalogsEach + at)),
      ),
    ]),
  );

describe('a snapshot', () => {
  it('comes back as it was, in the same order', () => {
    const snapshot = new Map([...many(40, 7), ...many(3, 0)].reverse());
    const unpacked = unpackSnapshot(packSnapshot(snapshot));
    expect([...unpacked]).toEqual([...snapshot]);
  });

  it('of nothing comes back as nothing', () => {
    expect(unpackSnapshot(packSnapshot(new Map()))).toEqual(new Map());
  });

  it('of 12,000 catalogs of 400 sellers takes less than 250 KB', () => {
    expect(packSnapshot(many(400, 30)).length).toBeLessThan(250_000);
  });

  it.each([null, 7, packSnapshot(many(2, 2)).slice(0, -8), 'AAAA'])('is not made of %s', (text) => {
    expect(() => unpackSnapshot(text)).toThrow();
  });

  it.each([
    ['name', seller(1, { name: null })],
    ['number', seller(1, { customerDisplayId: 7 })],
  ])('differs by the %s of a seller', (_, changed) => {
    expect(snapshotOf(changed, []).digest).not.toBe(snapshotOf(seller(1), []).digest);
  });

  it.each([
    ['title', catalog(1, { title: 'Another' })],
    ['number', catalog(1, { customerCatalogId: 'C-1' })],
    ['date', catalog(1, { startDate: new Date(0) })],
  ])('differs by the %s of a catalog', (_, changed) => {
    const digest = (of: typeof changed) => snapshotOf(seller(1), [of]).catalogs.get(1);
    expect(digest(changed)).not.toBe(digest(catalog(1)));
    expect(digest(catalog(1))).toBe(digest(catalog(1)));
  });
});
