import { constants, crc32, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Codec, decodeEntry, encodeEntry } from '../../src/cache/engine/encoded-entry.ts';
import type { Reply } from '../../src/cache/redis/commands.ts';
import { decode, isForeign, leaseState, tokensOf } from '../../src/cache/redis/shared-values.ts';
import { hasExpectedShape } from '../../src/cache/redis/trip.ts';

const CASES = 10_000;
const SEED = 20_260_730;
// A frozen process, and not a slow one.
const STALL = { timeout: 60_000 };
const KEY = 'cat_v1:{seller_42}';
const MAX_BYTES = 64 * 1024;

const codec: Codec<unknown> = { toJson: (value) => value, fromJson: (json) => json, maxBytes: MAX_BYTES };
const times = { loadBeganAt: 1, loadMs: 2, freshUntil: 3, staleUntil: 4 };

/** Bytes of the right format and checksum around any body. */
function envelopeOf(packing: number, plainBytes: number, body: Buffer): Buffer {
  const { encoded } = encodeEntry(KEY, { value: null, ...times, tags: [], generations: [] }, codec);
  const head = Buffer.from(encoded.subarray(0, 26));
  head.writeUInt8(packing, 21);
  head.writeUInt32BE(plainBytes, 22);
  const all = Buffer.concat([head, body]);
  all.writeUInt32BE(crc32(all.subarray(6), crc32(KEY)), 2);
  return all;
}

const text = fc.oneof(
  fc.json(),
  fc.string(),
  fc.constant('['.repeat(20_000)),
  fc.constant(' '.repeat(70_000)),
);
const member = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.constant(null),
  fc.array(fc.oneof(fc.string(), fc.integer())),
  fc.object({ maxDepth: 2 }),
);
const json = fc.oneof(
  text,
  fc.array(member, { minLength: 5, maxLength: 9 }).map((members) => JSON.stringify(members)),
);
const packed = fc
  .tuple(json, fc.constantFrom(0, 1, 2, 3, 4, 255), fc.integer({ min: -3, max: 3 }), fc.nat(3))
  .map(([plain, packing, off, how]) => {
    const bytes = Buffer.from(plain);
    const body = how === 0 ? bytes : how === 1 ? gzipSync(bytes) : zstdCompressSync(bytes);
    return envelopeOf(packing, Math.max(0, bytes.length + off), body);
  });
const cut = fc.tuple(packed, fc.nat()).map(([bytes, at]) => bytes.subarray(0, at % (bytes.length + 1)));
const value = fc.oneof(
  packed,
  cut,
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);

const scalar = fc.oneof(
  fc.constant(null),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.string().map((each) => Buffer.from(each)),
  fc.string().map((each) => new Error(each)),
  fc.constantFrom('OK', 'PONG', 'QUEUED', '').map((each) => Buffer.from(each)),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
);
const reply = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 4 }),
  fc.array(fc.array(scalar), { maxLength: 2 }),
);
const command = fc.constantFrom(
  ...([
    ['GETRANGE', 'key', 0, 64],
    ['GETRANGE', 'key', 0, 65_536],
    ['GET', 'key'],
    ['SET', 'key', 'value', 'NX', 'PX', 1],
    ['SET', 'key', 'value', 'PX', 1],
    ['EVAL', 'script', 1, 'key'],
    ['PEXPIRE', 'key', 1],
    ['EXISTS', 'key'],
    ['SCAN', '0'],
    ['OTHER'],
  ] as const),
);

describe('arbitrary bytes in Redis', () => {
  it('decode to an entry or to none, within the bounds of the class', STALL, () => {
    fc.assert(
      fc.property(value, (bytes) => {
        const entry = decodeEntry(KEY, bytes, codec);
        if (entry === null) return;
        expect(entry.bytes).toBeLessThanOrEqual(MAX_BYTES);
        expect(entry.tags).toHaveLength((entry.generations as readonly string[]).length);
        expect(
          [entry.loadBeganAt, entry.loadMs, entry.freshUntil, entry.staleUntil].every(Number.isFinite),
        ).toBe(true);
        expect(decodeEntry('another key', bytes, codec)).toBeNull();
      }),
      { numRuns: CASES, seed: SEED },
    );
  });

  it('cause no exception for any reply type', STALL, () => {
    fc.assert(
      fc.property(command, reply, (sent, received) => {
        const each = received as Reply;
        const isExpected = hasExpectedShape(sent, received);
        if (sent[0] === 'SET' && sent.length === 5 && isExpected && !(received instanceof Error))
          expect(String(received)).toBe('OK');
        expect(['string', 'object']).toContain(typeof decode(KEY, each, codec));
        leaseState(each, 'owner');
        isForeign(sent, each);
        for (const [, token] of tokensOf(['tag'], [each])) expect(token).toMatch(/^[\w-]{1,64}$/);
      }),
      { numRuns: CASES, seed: SEED },
    );
  });

  it('take no more memory to decompress than an entry of the class', () => {
    const bomb = zstdCompressSync(Buffer.alloc(256 * 1024 * 1024), {
      params: { [constants.ZSTD_c_compressionLevel]: 1 },
    });
    const before = process.memoryUsage().rss;
    for (const claimed of [10, MAX_BYTES, MAX_BYTES + 1, 0xffff_ffff])
      expect(decodeEntry(KEY, envelopeOf(1, claimed, bomb.subarray(0, MAX_BYTES)), codec)).toBeNull();
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });
});
