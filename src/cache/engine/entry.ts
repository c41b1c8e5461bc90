import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Clock } from '../clock.ts';

/** A place in the order of all generation reads that this process made, and when that was. */
export interface LogicalTime {
  readonly sequence: number;
  /** By the monotonic clock, in milliseconds. */
  readonly at: number;
}

/** When a value was loaded and how long it is good, in milliseconds. */
export interface Times {
  /** When its load began. The value is at least as new as this. */
  readonly loadBeganAt: number;
  readonly freshUntil: number;
  readonly staleUntil: number;
}

/** An entry as Redis stores it. Its times are since the epoch, by the wall clock of the process that loaded it. */
export interface StoredEntry<V> extends Times {
  readonly value: V;
  /** How long the load took, in milliseconds. An early refresh has to start that long before the end. */
  readonly loadMs: number;
  readonly tags: readonly string[];
  /**
   * The generation of each tag, in the order of the tags, as read before the load began. If they could not be read, the
   * logical time at which the load began: such an entry is served while Redis does not answer, is invalid after that,
   * and stays in this process.
   */
  readonly generations: readonly string[] | LogicalTime;
  /** Length of its encoded form before compression, in bytes. Reported as its size, and bounded by the policy. */
  readonly bytes: number;
}

/** An entry in memory. Its times are by this process's monotonic clock, so that setting a clock does not prolong it. */
export interface Entry<V> extends StoredEntry<V> {
  /** Its times as Redis stores them. They distinguish its load from other loads of the key. */
  readonly stored: Times;
  /**
   * When this process first saw the entry, its load began in the future by the clocks of the two processes. `loadBeganAt`
   * is that moment then, and the age of the value is unknown.
   */
  readonly isAgeUnknown?: true;
}

export type Freshness = 'fresh' | 'stale' | 'dead';

/**
 * Fresh is served; stale is served while one refresh runs and when it fails; dead is a miss. `now` is by the clock of the
 * entry's times.
 */
export function freshness(entry: Times, now: number): Freshness {
  if (now < entry.freshUntil) return 'fresh';
  return now < entry.staleUntil ? 'stale' : 'dead';
}

/**
 * Whether this hit should refresh the entry early. The probability grows towards the end of freshness and with the
 * duration of the load, so that one of many readers refreshes a hot entry before it goes stale for all. XFetch with beta 1,
 * from Vattani, Chierichetti and Lowenstein, "Optimal Probabilistic Cache Stampede Prevention" (2015).
 */
export function isDueEarly(entry: Entry<unknown>, now: number, random: () => number): boolean {
  return now - entry.loadMs * Math.log(1 - random()) >= entry.freshUntil;
}

/**
 * An entry of Redis as this process holds it, for no longer than `bounds`. Its age is what the wall clocks say, and no less
 * than this process knows from `held`, the entry in memory, if that is of the same load: setting a clock back prolongs no
 * entry that was seen before. An entry whose load began in the future by our clock is treated as one that begins now.
 */
export function toLocal<V>(
  entry: StoredEntry<V>,
  bounds: { readonly freshMs: number; readonly staleMs: number },
  clock: Clock,
  held: Pick<Entry<unknown>, 'loadBeganAt' | 'stored' | 'isAgeUnknown'> | undefined,
): Entry<V> {
  const { loadBeganAt: beganAt, freshUntil, staleUntil } = entry;
  const ageMs = clock.now() - beganAt;
  const seen = held && isSameLoad(held.stored, entry) ? held : undefined;
  const began = Math.floor(clock.monotonic() - Math.max(0, ageMs));
  const loadBeganAt = seen ? Math.min(began, seen.loadBeganAt) : began;
  const isAgeUnknown = ageMs < 0 && (seen === undefined || seen.isAgeUnknown === true);
  return {
    ...entry,
    loadBeganAt,
    freshUntil: loadBeganAt + Math.min(bounds.freshMs, freshUntil - beganAt),
    staleUntil: loadBeganAt + Math.min(bounds.staleMs, staleUntil - beganAt),
    stored: { loadBeganAt: beganAt, freshUntil, staleUntil },
    ...(isAgeUnknown && { isAgeUnknown }),
  };
}

/** Times of this process as Redis stores them. */
export function toStored({ loadBeganAt, freshUntil, staleUntil }: Times, clock: Clock): Times {
  const offsetMs = clock.now() - clock.monotonic();
  const beganAt = Math.round(loadBeganAt + offsetMs);
  return {
    loadBeganAt: beganAt,
    freshUntil: beganAt + Math.round(freshUntil - loadBeganAt),
    staleUntil: beganAt + Math.round(staleUntil - loadBeganAt),
  };
}

/** Whether both are of one load. Jitter makes it all but certain that two loads of a key differ in one of the times. */
export function isSameLoad(one: Times, other: Times): boolean {
  return (
    one.loadBeganAt === other.loadBeganAt &&
    one.freshUntil === other.freshUntil &&
    one.staleUntil === other.staleUntil
  );
}

/** The form of a value at rest: JSON, as compact as its type allows. */
export interface Codec<V> {
  readonly toJson: (value: V) => unknown;
  /** Throws for JSON that `toJson` cannot have returned. */
  readonly fromJson: (json: unknown) => V;
  /** The greatest length of an entry before compression, in bytes. A longer one is a bad value. Default 16 MiB. */
  readonly maxBytes?: number;
}

export const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;

// An encoded entry: two magic bytes with the format; the CRC-32 of its key and of all that follows; when the load began, in
// digits, so that Redis can compare it; a byte for the compression of the body; the length of the plain body in four
// bytes; the body. The format covers the envelope only: keys name it together with the shape of the value.
export const ENTRY_FORMAT = 'c4';
const MAGIC = Buffer.from(ENTRY_FORMAT);
const SUM_AT = 2;
/** Offset of the time at which the load began, in milliseconds since the epoch. */
export const BEGAN_AT = 6;
export const BEGAN_LENGTH = 15;
const PACKING_AT = BEGAN_AT + BEGAN_LENGTH;
const PLAIN_LENGTH_AT = PACKING_AT + 1;
const BODY_AT = PLAIN_LENGTH_AT + 4;
const PLAIN = 0;
const ZSTD = 1;

// Compressing less than this takes longer than sending it. 25 catalogs are about 1.5 KB, 400 sellers about 15 KB.
const COMPRESS_FROM_BYTES = 4096;

/** The encoded entry, and its length before compression in bytes. */
export function encodeEntry<V>(
  key: string,
  entry: Omit<StoredEntry<V>, 'bytes'>,
  codec: Codec<V>,
): { readonly encoded: Buffer; readonly bytes: number } {
  const { loadBeganAt, loadMs, freshUntil, staleUntil, tags, generations } = entry;
  const json = codec.toJson(entry.value);
  const plain = Buffer.from(
    JSON.stringify([loadBeganAt, loadMs, freshUntil, staleUntil, tags, generations, json]),
  );
  const packed = plain.length >= COMPRESS_FROM_BYTES ? compress(plain) : plain;
  // Incompressible data would become longer than readers accept.
  const isPacked = packed.length < plain.length;
  const encoded = Buffer.concat([MAGIC, Buffer.alloc(BODY_AT - MAGIC.length), isPacked ? packed : plain]);
  encoded.write(String(Math.floor(loadBeganAt)).padStart(BEGAN_LENGTH, '0'), BEGAN_AT);
  encoded.writeUInt8(isPacked ? ZSTD : PLAIN, PACKING_AT);
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
    const body = encoded.subarray(BODY_AT);
    const plain = encoded.readUInt8(PACKING_AT) === ZSTD ? decompress(body, bytes) : body;
    if (plain.length !== bytes) return null;
    const envelope = JSON.parse(plain.toString());
    if (!isEnvelope(envelope)) return null;
    const [loadBeganAt, loadMs, freshUntil, staleUntil, tags, generations, json] = envelope;
    const value = codec.fromJson(json);
    return { value, loadBeganAt, loadMs, freshUntil, staleUntil, tags, generations, bytes };
  } catch {
    return null;
  }
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
