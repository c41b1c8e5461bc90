import type { Entry } from './entry.ts';

/** The form of a value at rest: JSON, as compact as its type allows. */
export interface Codec<V> {
  readonly toJson: (value: V) => unknown;
  /** Throws on what `toJson` cannot have given. */
  readonly fromJson: (json: unknown) => V;
}

// The format of the envelope, not of the values: a change of those changes the version in the key.
const FORMAT = 1;

/** One array: format, when the load began, fresh-until, stale-until, the value. */
export function encodeEntry<V>(entry: Omit<Entry<V>, 'bytes'>, codec: Codec<V>): Buffer {
  const { value, loadBeganAt, freshUntil, staleUntil } = entry;
  return Buffer.from(JSON.stringify([FORMAT, loadBeganAt, freshUntil, staleUntil, codec.toJson(value)]));
}

/** The entry, or null for bytes that are truncated, foreign or of another format: a bad value is a miss. */
export function decodeEntry<V>(encoded: Buffer, codec: Codec<V>): Entry<V> | null {
  try {
    const envelope: unknown = JSON.parse(encoded.toString());
    if (!Array.isArray(envelope) || envelope.length !== 5) return null;
    const [format, loadBeganAt, freshUntil, staleUntil, json] = envelope;
    if (format !== FORMAT || ![loadBeganAt, freshUntil, staleUntil].every(Number.isFinite)) return null;
    return { value: codec.fromJson(json), loadBeganAt, freshUntil, staleUntil, bytes: encoded.length };
  } catch {
    return null;
  }
}
