import { promisify } from 'node:util';
import { brotliDecompress, gunzip, zstdDecompress } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  type Coding,
  compress,
  createCodingNegotiator,
} from '../../../src/http/negotiation/representation.ts';

const negotiate = createCodingNegotiator();

describe('the coding of a response', () => {
  it.each<[string | undefined, Coding]>([
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate', 'gzip'],
    ['gzip, zstd', 'zstd'],
    ['GZIP', 'gzip'],
    ['deflate', 'identity'],
    ['identity', 'identity'],
    // The weight decides first.
    ['br;q=0.5, gzip', 'gzip'],
    ['br;q=0.5, zstd;q=0.8, gzip;q=0.1', 'zstd'],
    ['identity, gzip;q=0.9', 'identity'],
    ['identity;q=0.5, gzip;q=0.5', 'gzip'],
    ['gzip;q=0.001', 'gzip'],
    ['gzip;q=0', 'identity'],
    ['gzip;q=nonsense', 'identity'],
    // `*` includes neither zstd nor the codings excluded beside it.
    ['*', 'br'],
    ['*, br;q=0', 'gzip'],
    ['*, br;q=0, gzip;q=0', 'identity'],
    ['*;q=0.5, gzip', 'gzip'],
    ['gzip, *;q=0', 'gzip'],
    ['identity;q=0.5, *;q=0', 'identity'],
    // All codings are refused: the response is sent without one.
    ['*;q=0', 'identity'],
    ['identity;q=0', 'identity'],
  ])('for %j is %s', (header, coding) => {
    expect(negotiate(header, 17_000)).toBe(coding);
  });

  it.each<[string | undefined, Coding]>([
    ['gzip, br', 'identity'],
    ['*', 'identity'],
    ['gzip, identity;q=0', 'gzip'],
    ['br, *;q=0', 'br'],
    ['identity;q=0', 'identity'],
    [undefined, 'identity'],
  ])('of few bytes for %j is %s', (header, coding) => {
    expect(negotiate(header, 1023)).toBe(coding);
  });

  it('is applied from one kilobyte on', () => {
    expect(negotiate('gzip', 1024)).toBe('gzip');
  });
});

describe('compression', () => {
  const decoders = {
    identity: async (bytes: Buffer) => bytes,
    gzip: promisify(gunzip),
    br: promisify(brotliDecompress),
    zstd: promisify(zstdDecompress),
  };

  it.each(['identity', 'gzip', 'br', 'zstd'] as const)(
    'with %s gives back the same bytes',
    async (coding) => {
      const bytes = Buffer.from(JSON.stringify({ name: 'Fine Art — Über', numbers: [1, 2, 3] }).repeat(200));
      const coded = await compress(bytes, coding);
      expect((await decoders[coding](coded)).equals(bytes)).toBe(true);
      if (coding !== 'identity') expect(coded.length).toBeLessThan(bytes.length / 10);
      expect((await decoders[coding](await compress(Buffer.alloc(0), coding))).length).toBe(0);
    },
  );
});
