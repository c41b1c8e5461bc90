import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Entry } from './entry.ts';

/** The form of a value at rest: JSON, as compact as its type allows. */
export interface Codec<V> {
  readonly toJson: (value: V) => unknown;
  /** Throws on what `toJson` cannot have given. */
  readonly fromJson: (json: unknown) => V;
}

// An encoded entry: two magic bytes with the format, the CRC-32 of all that follows, when the load began in digits, so
// that Redis can compare it, a byte that tells how the body is packed, the body. The format is the envelope's: keys have
// to name it, together with the shape of the value.
export const ENTRY_FORMAT = 'c3';
const MAGIC = Buffer.from(ENTRY_FORMAT);
const SUM_AT = 2;
/** Where the milliseconds since the epoch lie at which the load began. */
export const BEGAN_AT = 6;
export const BEGAN_LENGTH = 15;
const PACKING_AT = BEGAN_AT + BEGAN_LENGTH;
const BODY_AT = PACKING_AT + 1;
const PLAIN = 0;
const ZSTD = 1;

// Below this, compressing takes longer than sending. A list of 25 catalogs is about 1.5 KB, one of 400 sellers 15 KB.
const COMPRESS_FROM_BYTES = 4096;
// No entry of ours unpacks to more; a small body that claims to is hostile or broken.
const UNPACKED_LIMIT_BYTES = 256 * 1024 * 1024;

/** The entry at rest, and how many bytes that was before it was packed. */
export function encodeEntry<V>(
  entry: Omit<Entry<V>, 'bytes'>,
  codec: Codec<V>,
): { readonly encoded: Buffer; readonly bytes: number } {
  const { loadBeganAt, loadMs, freshUntil, staleUntil, tags, generations } = entry;
  const json = codec.toJson(entry.value);
  const plain = Buffer.from(
    JSON.stringify([loadBeganAt, loadMs, freshUntil, staleUntil, tags, generations, json]),
  );
  const packed = plain.length >= COMPRESS_FROM_BYTES;
  const body = packed ? compress(plain) : plain;
  const encoded = Buffer.concat([MAGIC, Buffer.alloc(BODY_AT - MAGIC.length), body]);
  encoded.write(String(Math.floor(loadBeganAt)).padStart(BEGAN_LENGTH, '0'), BEGAN_AT);
  encoded.writeUInt8(packed ? ZSTD : PLAIN, PACKING_AT);
  encoded.writeUInt32BE(crc32(encoded.subarray(BEGAN_AT)), SUM_AT);
  return { encoded, bytes: plain.length };
}

/** The entry, or null for bytes that are truncated, foreign, corrupt or of another format: a bad value is a miss. */
export function decodeEntry<V>(encoded: Buffer, codec: Codec<V>): Entry<V> | null {
  try {
    if (encoded.length < BODY_AT || !encoded.subarray(0, MAGIC.length).equals(MAGIC)) return null;
    if (encoded.readUInt32BE(SUM_AT) !== crc32(encoded.subarray(BEGAN_AT))) return null;
    const body = encoded.subarray(BODY_AT);
    const plain = encoded.readUInt8(PACKING_AT) === ZSTD ? decompress(body) : body;
    const [loadBeganAt, loadMs, freshUntil, staleUntil, tags, generations, json] = JSON.parse(
      plain.toString(),
    );
    if (!Array.isArray(generations)) return null;
    const value = codec.fromJson(json);
    return { value, loadBeganAt, loadMs, freshUntil, staleUntil, tags, generations, bytes: plain.length };
  } catch {
    return null;
  }
}

function compress(plain: Buffer): Buffer {
  return zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
}

function decompress(body: Buffer): Buffer {
  return zstdDecompressSync(body, { maxOutputLength: UNPACKED_LIMIT_BYTES });
}
