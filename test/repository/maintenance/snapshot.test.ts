import { describe, expect, it } from 'vitest';
import {
  packedLength,
  packSnapshot,
  snapshotOf,
  unpackSnapshot,
} from '../../../src/repository/maintenance/snapshot.ts';
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
  it('is restored with the same content and order', async () => {
    const snapshot = new Map([...many(40, 7), ...many(3, 0)].reverse());
    const unpacked = await unpackSnapshot(await packSnapshot(snapshot));
    expect([...unpacked]).toEqual([...snapshot]);
  });

  it('of an empty source is restored as empty', async () => {
    expect(await unpackSnapshot(await packSnapshot(new Map()))).toEqual(new Map());
  });

  it('of 12,000 catalogs of 400 sellers packs below 250 KB, as computed in advance', async () => {
    const snapshot = many(400, 30);
    const packed = await packSnapshot(snapshot);
    expect(packed.length).toBeLessThan(250_000);
    expect(packedLength(snapshot)).toBe(packed.length);
  });

  it.each([
    ['null', null],
    ['a number', 7],
    ['truncated text', packSnapshot(many(2, 2)).then((packed) => packed.slice(0, -8))],
    ['four characters', 'AAAA'],
  ])('rejects %s', async (_, text) => {
    await expect(unpackSnapshot(await text)).rejects.toMatchObject({ name: 'NotASnapshot' });
  });

  it.each([
    ['name', seller(1, { name: null })],
    ['number', seller(1, { customerDisplayId: 7 })],
  ])('changes with the %s of a seller', (_, changed) => {
    expect(snapshotOf(changed, []).digest).not.toBe(snapshotOf(seller(1), []).digest);
  });

  it.each([
    ['title', catalog(1, { title: 'Another' })],
    ['number', catalog(1, { customerCatalogId: 'C-1' })],
    ['date', catalog(1, { startDate: new Date(0) })],
  ])('changes with the %s of a catalog', (_, changed) => {
    const digest = (of: typeof changed) => snapshotOf(seller(1), [of]).catalogs.get(1);
    expect(digest(changed)).not.toBe(digest(catalog(1)));
    expect(digest(catalog(1))).toBe(digest(catalog(1)));
  });
});
