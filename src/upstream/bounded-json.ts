import { PayloadFault } from './payloads.ts';

/** The contract nests five levels. */
const MAX_DEPTH = 64;
/**
 * Brackets, colons and commas. A lot has five of them, so a page can have 800,000 lots. Parsing that many tokens takes
 * at most 300 MB: the worst case is an object with a distinct name for each.
 */
const MAX_TOKENS = 4_000_000;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_ARRAY, OPEN_OBJECT, CLOSE_ARRAY, CLOSE_OBJECT] = [0x5b, 0x7b, 0x5d, 0x7d];

/**
 * Parses JSON (RFC 8259) and bounds its parsed form: a few bytes of text can take hundreds of bytes in memory.
 * @throws PayloadFault if the text is not JSON, is nested more than 64 levels deep, or has more than 4,000,000 tokens.
 */
export function parseBoundedJson(text: string): unknown {
  checkBounds(text);
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the payload.
    throw new PayloadFault('');
  }
}

function checkBounds(text: string): void {
  let [depth, tokens] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
      depth += 1;
      tokens += 1;
      if (depth > MAX_DEPTH)
        throw new PayloadFault('', `the response is nested more than ${MAX_DEPTH} levels deep`);
    } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) {
      depth -= 1;
    } else if (code === COMMA || code === COLON) {
      tokens += 1;
    }
    if (tokens > MAX_TOKENS) throw new PayloadFault('', `the response has more than ${MAX_TOKENS} tokens`);
  }
}

/** The end of the string that begins at `start`; the end of the text if the string is not closed. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1;
    // An even number of backslashes does not escape the quote.
    if (escapes % 2 === 0) return at;
  }
  return text.length;
}
