import { isDeepStrictEqual } from 'node:util';
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { StoredEntry } from './entry.ts';

/** The form of a value at rest: JSON, as compact as its type allows, or bytes, which need not be decoded as a whole. */
export type Codec<V> = (JsonForm<V> | BytesForm<V>) & {
  /** The greatest length of an entry before compression, in bytes. A longer one is a bad value. Default 16 MiB. */
  readonly maxBytes?: number;
};

interface JsonForm<V> {
  readonly toJson: (value: V) => unknown;
  /** Throws for JSON that `toJson` cannot have returned. */
  readonly fromJson: (json: unknown) => V;
}

export interface BytesForm<V> {
  readonly toBytes: (value: V) => Buffer;
  /**
   * Throws for bytes that `toBytes` cannot have returned; what it returns throws nothing later. The bytes are part of a
   * larger buffer: a value that keeps them keeps a copy.
   */
  readonly fromBytes: (bytes: Buffer) => V;
}

/** Whether the two have the same form at rest. */
export function isSameValue<V>(one: V, other: V, codec: Codec<V>): boolean {
  if ('toBytes' in codec) return codec.toBytes(one).equals(codec.toBytes(other));
  return isDeepStrictEqual(one, other);
}

export const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;

// An encoded entry: two magic bytes with the format; the CRC-32 of its key and of all that follows; when the load began, in
// digits, so that Redis can compare it; a byte for how the body is packed; the length of the plain body in four bytes; the
// body. That is JSON, with the value in it or followed by the bytes of the value and their length in four bytes. The format
// covers the envelope only: keys name it together with the shape of the value.
export const ENTRY_FORMAT = 'c4';
const MAGIC = Buffer.from(ENTRY_FORMAT);
const SUM_AT = 2;
/** Offset of the time at which the load began, in milliseconds since the epoch. */
export const BEGAN_AT = 6;
export const BEGAN_LENGTH = 15;
const PACKING_AT = BEGAN_AT + BEGAN_LENGTH;
const PLAIN_LENGTH_AT = PACKING_AT + 1;
const BODY_AT = PLAIN_LENGTH_AT + 4;
const LENGTH_BYTES = 4;
// The bits of how the body is packed.
const IS_ZSTD = 1;
const HAS_BYTES = 2;

// Compressing less than this takes longer than sending it. 25 catalogs are about 1.5 KB, 400 sellers about 15 KB.
const COMPRESS_FROM_BYTES = 4096;

/** The encoded entry, and its length before compression in bytes. */
export function encodeEntry<V>(
  key: string,
  entry: Omit<StoredEntry<V>, 'bytes'>,
  codec: Codec<V>,
): { readonly encoded: Buffer; readonly bytes: number } {
  const { loadBeganAt, loadMs, freshUntil, staleUntil, tags, generations } = entry;
  const bytes = 'toBytes' in codec ? codec.toBytes(entry.value) : null;
  const json = 'toBytes' in codec ? null : codec.toJson(entry.value);
  const envelope = Buffer.from(
    JSON.stringify([loadBeganAt, loadMs, freshUntil, staleUntil, tags, generations, json]),
  );
  const plain = bytes ? Buffer.concat([envelope, bytes, lengthOf(bytes)]) : envelope;
  const packed = plain.length >= COMPRESS_FROM_BYTES ? compress(plain) : plain;
  // Incompressible data would become longer than readers accept.
  const isPacked = packed.length < plain.length;
  const encoded = Buffer.concat([MAGIC, Buffer.alloc(BODY_AT - MAGIC.length), isPacked ? packed : plain]);
  encoded.write(String(Math.floor(loadBeganAt)).padStart(BEGAN_LENGTH, '0'), BEGAN_AT);
  encoded.writeUInt8((isPacked ? IS_ZSTD : 0) | (bytes ? HAS_BYTES : 0), PACKING_AT);
  encoded.writeUInt32BE(plain.length, PLAIN_LENGTH_AT);
  encoded.writeUInt32BE(checksum(key, encoded), SUM_AT);
  return { encoded, bytes: plain.length };
}

/** The greatest length of an encoded entry of the codec, in bytes. */
export function maxEncodedBytes({ maxBytes = DEFAULT_MAX_BYTES }: Pick<Codec<unknown>, 'maxBytes'>): number {
  return BODY_AT + maxBytes;
}

/**
 * The entry, or null for bytes that are truncated, foreign, corrupt, of another key or format, or longer than an entry of
 * the codec can be: a bad value is a miss. Decompression takes no more memory than the codec's greatest length.
 */
export function decodeEntry<V>(key: string, encoded: Buffer, codec: Codec<V>): StoredEntry<V> | null {
  try {
    const { maxBytes = DEFAULT_MAX_BYTES } = codec;
    if (encoded.length < BODY_AT || encoded.length > BODY_AT + maxBytes) return null;
    if (!encoded.subarray(0, MAGIC.length).equals(MAGIC)) return null;
    if (encoded.readUInt32BE(SUM_AT) !== checksum(key, encoded)) return null;
    const bytes = encoded.readUInt32BE(PLAIN_LENGTH_AT);
    if (bytes > maxBytes) return null;
    const packing = encoded.readUInt8(PACKING_AT);
    const body = encoded.subarray(BODY_AT);
    const plain = packing & IS_ZSTD ? decompress(body, bytes) : body;
    if (plain.length !== bytes) return null;
    const valueEnd = packing & HAS_BYTES ? plain.length - LENGTH_BYTES : plain.length;
    const valueAt = packing & HAS_BYTES ? valueEnd - plain.readUInt32BE(valueEnd) : plain.length;
    const envelope = JSON.parse(plain.toString('utf8', 0, valueAt));
    if (!isEnvelope(envelope)) return null;
    const [loadBeganAt, loadMs, freshUntil, staleUntil, tags, generations, json] = envelope;
    const value =
      packing & HAS_BYTES ? fromBytes(plain.subarray(valueAt, valueEnd), codec) : fromJson(json, codec);
    return { value, loadBeganAt, loadMs, freshUntil, staleUntil, tags, generations, bytes };
  } catch {
    return null;
  }
}

function fromBytes<V>(bytes: Buffer, codec: Codec<V>): V {
  if ('fromBytes' in codec) return codec.fromBytes(bytes);
  throw new TypeError('bytes, where the codec expects JSON');
}

function fromJson<V>(json: unknown, codec: Codec<V>): V {
  if ('fromJson' in codec) return codec.fromJson(json);
  throw new TypeError('JSON, where the codec expects bytes');
}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(bytes.length);
  return length;
}

type Envelope = [number, number, number, number, readonly string[], readonly string[], unknown];

function isEnvelope(json: unknown): json is Envelope {
  if (!Array.isArray(json) || json.length !== 7) return false;
  const [tags, generations] = [json[4], json[5]];
  return (
    json.slice(0, 4).every(Number.isFinite) &&
    areTexts(tags) &&
    areTexts(generations) &&
    tags.length === generations.length
  );
}

function areTexts(json: unknown): json is readonly string[] {
  return Array.isArray(json) && json.every((each) => typeof each === 'string');
}

/** Covers the key: a value that came as the reply for another key is a bad value. */
function checksum(key: string, encoded: Buffer): number {
  return crc32(encoded.subarray(BEGAN_AT), crc32(key));
}

function compress(plain: Buffer): Buffer {
  return zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
}

/** @throws if the plain body is longer than `bytes`. */
function decompress(body: Buffer, bytes: number): Buffer {
  return zstdDecompressSync(body, { maxOutputLength: Math.max(bytes, 1), chunkSize: Math.max(bytes, 64) });
}
