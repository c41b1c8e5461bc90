import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Codec, decodeEntry, encodeEntry } from '../../src/cache/engine/encoded-entry.ts';
import type { StoredEntry } from '../../src/cache/engine/entry.ts';

interface Event {
  readonly title: string | null;
  readonly at: Date | null;
}

const codec: Codec<readonly Event[]> = {
  toJson: (events) => events.map(({ title, at }) => [title, at?.getTime() ?? null]),
  fromJson: (json) =>
    (json as [string | null, number | null][]).map(([title, at]) => ({
      title,
      at: at === null ? null : new Date(at),
    })),
};

const asBytes: Codec<Buffer> = { toBytes: (value) => value, fromBytes: (bytes) => Buffer.from(bytes) };

const event = fc.record({
  title: fc.option(fc.string({ unit: 'grapheme', maxLength: 200 })),
  at: fc.option(fc.date({ noInvalidDate: true })),
});
const time = fc.integer({ min: 0, max: 4_102_444_800_000 });
const tag = fc.stringMatching(/^[a-z:0-9]{1,30}$/);
const entry = fc
  .record({
    value: fc.array(event, { maxLength: 200 }),
    loadBeganAt: time,
    loadMs: fc.nat(),
    freshUntil: time,
    staleUntil: time,
    tags: fc.array(tag, { maxLength: 5 }),
  })
  .chain((fields) =>
    fc
      .array(fc.uuid(), { minLength: fields.tags.length, maxLength: fields.tags.length })
      .map((generations) => ({ ...fields, generations })),
  );

describe('the codec', () => {
  it('restores what it encoded, instants included', () => {
    fc.assert(
      fc.property(entry, (given) => {
        const { encoded, bytes } = encodeEntry('key', given, codec);
        const expected: StoredEntry<readonly Event[]> = { ...given, bytes };
        expect(decodeEntry('key', encoded, codec)).toEqual(expected);
      }),
    );
  });

  it('rejects foreign bytes without an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decodeEntry('key', Buffer.from(bytes), codec)).toBeNull();
      }),
    );
  });

  it('detects every truncation and every changed byte', () => {
    fc.assert(
      fc.property(entry, fc.nat(), fc.integer({ min: 1, max: 255 }), (given, where, change) => {
        const { encoded } = encodeEntry('key', given, codec);
        const position = where % encoded.length;
        expect(decodeEntry('key', encoded.subarray(0, position), codec)).toBeNull();
        const corrupt = Buffer.from(encoded);
        corrupt[position] = (corrupt[position] as number) ^ change;
        expect(decodeEntry('key', corrupt, codec)).toBeNull();
      }),
    );
  });

  it('restores bytes, compressed or not', () => {
    fc.assert(
      fc.property(entry, fc.uint8Array({ maxLength: 200 }), fc.constantFrom(1, 50), (given, some, times) => {
        const value = Buffer.concat(new Array(times).fill(some));
        const { encoded, bytes } = encodeEntry('key', { ...given, value }, asBytes);
        expect(decodeEntry('key', encoded, asBytes)).toEqual({ ...given, value, bytes });
      }),
    );
  });

  it('rejects a value of the other form', () => {
    const times = { loadBeganAt: 1, loadMs: 2, freshUntil: 3, staleUntil: 4, tags: [], generations: [] };
    const json = encodeEntry('key', { ...times, value: [] }, codec).encoded;
    const bytes = encodeEntry('key', { ...times, value: Buffer.from('[]') }, asBytes).encoded;
    expect(decodeEntry('key', json, asBytes)).toBeNull();
    expect(decodeEntry('key', bytes, codec)).toBeNull();
  });

  it('compresses large values', () => {
    const value = Array.from({ length: 1000 }, (_, index) => ({
      title: `Autumn sale ${index}`,
      at: new Date(index),
    }));
    const times = { loadBeganAt: 1, loadMs: 2, freshUntil: 3, staleUntil: 4 };
    const { encoded, bytes } = encodeEntry('key', { value, ...times, tags: [], generations: [] }, codec);
    expect(encoded.length).toBeLessThan(bytes / 2);
    expect(decodeEntry('key', encoded, codec)?.value).toEqual(value);
  });
});
