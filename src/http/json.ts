/** Escapes of surrogates, paired or lone. In text decoded from UTF-8, only an escape can give a lone surrogate. */
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/**
 * Parses JSON in UTF-8, with or without a byte order mark, or JSON text decoded from it. Each lone surrogate in its strings
 * and names becomes U+FFFD (RFC 8259, section 8.2): messages repeat what clients send, and strict parsers refuse a lone
 * surrogate.
 * @throws SyntaxError, TypeError for what is not UTF-8, and RangeError for text that is nested too deeply.
 */
export function parseJson(json: string | Buffer): unknown {
  const text = typeof json === 'string' ? json : new TextDecoder('utf-8', { fatal: true }).decode(json);
  return JSON.parse(text, SURROGATE_ESCAPE.test(text) ? toWellFormed : undefined);
}

function toWellFormed(_name: string, value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  if (entries.every(([name]) => name.isWellFormed())) return value;
  return Object.fromEntries(entries.map(([name, each]) => [name.toWellFormed(), each]));
}
