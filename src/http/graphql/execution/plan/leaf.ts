import type { GraphQLLeafType } from 'graphql';
import { Bail } from './bail.ts';

// Characters that JSON must escape, and may: halves of surrogate pairs, if the other half is missing.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern finds them.
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

/**
 * Writes the values of a leaf type in JSON, as the type's serialization followed by JSON.stringify would. It throws
 * Bail for values that have another JavaScript type than ours do, which the type may convert or refuse.
 */
export function leafWriter(type: GraphQLLeafType): (value: unknown) => string {
  return WRITERS.get(type.name) ?? ((value) => writeCustom(type, value));
}

const WRITERS: ReadonlyMap<string, (value: unknown) => string> = new Map([
  ['String', writeString],
  ['ID', writeId],
  ['Int', writeInt],
  ['Float', writeFloat],
  ['Boolean', writeBoolean],
]);

function writeString(value: unknown): string {
  if (typeof value !== 'string') throw new Bail('value');
  // Looking is ten times as fast as JSON.stringify, and hardly any text has something to escape.
  return ESCAPED.test(value) ? JSON.stringify(value) : `"${value}"`;
}

function writeId(value: unknown): string {
  return Number.isInteger(value) ? `"${value}"` : writeString(value);
}

function writeInt(value: unknown): string {
  if (typeof value !== 'number' || (value | 0) !== value) throw new Bail('value');
  return `${value}`;
}

function writeFloat(value: unknown): string {
  if (!Number.isFinite(value)) throw new Bail('value');
  return `${value}`;
}

function writeBoolean(value: unknown): string {
  if (typeof value !== 'boolean') throw new Bail('value');
  return value ? 'true' : 'false';
}

function writeCustom(type: GraphQLLeafType, value: unknown): string {
  const serialized = serialize(type, value);
  if (typeof serialized === 'string') return writeString(serialized);
  const text = serialized === null ? undefined : JSON.stringify(serialized);
  if (text === undefined) throw new Bail('value');
  return text;
}

/** Whatever a type throws is about the value. */
function serialize(type: GraphQLLeafType, value: unknown): unknown {
  try {
    return type.serialize(value);
  } catch {
    throw new Bail('value');
  }
}
