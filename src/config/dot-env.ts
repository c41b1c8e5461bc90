import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { InvalidConfig } from './invalid-config.ts';

/** The content of an `.env` file. */
export interface DotEnv {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Lines without effect, by their numbers. They are not quoted, because they may contain parts of secrets. */
  readonly warnings: readonly string[];
}

const NOTHING: DotEnv = { variables: {}, warnings: [] };
// A larger file is not an `.env` file, and the parser takes quadratic time.
const MAX_BYTES = 64 * 1024;
const MAX_WARNINGS = 20;
const QUOTES = ['"', "'", '`'];
const ENCODINGS = [
  { name: 'utf-16le', mark: [0xff, 0xfe] },
  { name: 'utf-16be', mark: [0xfe, 0xff] },
] as const;

/** Reads a file if it exists. @throws InvalidConfig if it cannot be read, or is not text in UTF-8 or UTF-16. */
export function readDotEnv(path: string): DotEnv {
  try {
    return parseDotEnv(readFileSync(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return NOTHING;
    if (error instanceof InvalidConfig || code === undefined) throw error;
    throw new InvalidConfig([`.env cannot be read (${code})`]);
  }
}

/** Parses UTF-8, or UTF-16 with a byte order mark, which is not part of the first name. @throws InvalidConfig */
export function parseDotEnv(bytes: Uint8Array): DotEnv {
  if (bytes.length > MAX_BYTES)
    throw new InvalidConfig([`.env must not be larger than ${MAX_BYTES / 1024} KiB`]);
  // If a value consists of blanks only, the parser would take the next line as the value.
  const lines = decode(bytes)
    .split(/\r\n?|\n/)
    .map((line) => line.trimEnd());
  const variables = parseEnv(lines.join('\n'));
  return { variables, warnings: warningsOf(lines, variables) };
}

function decode(bytes: Uint8Array): string {
  const encoding =
    ENCODINGS.find(({ mark }) => mark.every((byte, index) => bytes[index] === byte))?.name ?? 'utf-8';
  const text = decoded(bytes, encoding);
  if (text === null)
    throw new InvalidConfig([`.env is not valid ${encoding.toUpperCase()}; save it as UTF-8`]);
  if (text.includes('\0'))
    throw new InvalidConfig([
      '.env contains NUL characters, as UTF-16 and UTF-32 without a byte order mark do; save it as UTF-8',
    ]);
  return text;
}

function decoded(bytes: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function warningsOf(lines: readonly string[], variables: DotEnv['variables']): readonly string[] {
  const warnings: string[] = [];
  const lineOf = new Map<string, number>();
  const endOfValue = createEndOfValue(lines);
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] as string;
    const number = index + 1;
    if (/^\s*(#|$)/.test(line)) continue;
    const [whole, name = ''] = /^\s*(?:export\s+)?([\w.-]+)\s*=\s*/.exec(line) ?? [];
    if (whole === undefined || !Object.hasOwn(variables, name)) {
      warnings.push(`.env line ${number} is not NAME=value and has no effect`);
      continue;
    }
    const earlier = lineOf.get(name);
    if (earlier !== undefined) warnings.push(`.env line ${number} replaces the value of line ${earlier}`);
    lineOf.set(name, number);
    const end = endOfValue(index, whole.length);
    if (end === null) warnings.push(`.env line ${number} has a quote that is not closed`);
    else if (end > index) {
      warnings.push(`.env line ${number} has a value that ends on line ${end + 1}; is a quote missing?`);
      index = end;
    }
  }
  if (warnings.length <= MAX_WARNINGS) return warnings;
  return [...warnings.slice(0, MAX_WARNINGS), `.env has ${warnings.length - MAX_WARNINGS} more such lines`];
}

/** Finds the last line of a value that begins on a given line, as an index; null if its quote is not closed. */
function createEndOfValue(lines: readonly string[]) {
  const lastWith = Object.fromEntries(
    QUOTES.map((quote) => [quote, lines.findLastIndex((line) => line.includes(quote))]),
  );

  return (index: number, from: number): number | null => {
    const line = lines[index] as string;
    const quote = line[from] ?? '';
    const last = lastWith[quote];
    if (last === undefined || line.includes(quote, from + 1)) return index;
    // This check comes first, so that many unclosed quotes take linear time only.
    if (last <= index) return null;
    let end = index + 1;
    while (!lines[end]?.includes(quote)) end += 1;
    return end;
  };
}
