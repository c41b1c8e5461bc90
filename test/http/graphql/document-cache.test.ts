import { describe, expect, it } from 'vitest';
import { createDocumentCache, documentWeight } from '../../../src/http/graphql/document-cache.ts';
import { parseDocument } from '../../../src/http/graphql/limits/parse.ts';

const parse = (text: string) => parseDocument(text, { maxTokens: 2000, withLocations: true });
const numbered = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Parses the text through the cache, stores it, and returns its weight. */
function keep(cache: ReturnType<typeof createDocumentCache>, text: string): number {
  const document = cache.parsed(text, parse);
  cache.keep(document);
  return documentWeight(document, text.length);
}

/** Whether the cache has the text. */
function has(cache: ReturnType<typeof createDocumentCache>, text: string): boolean {
  return cache.isKept(cache.parsed(text, parse));
}

describe('the cache of parsed documents', () => {
  it('has a document only after it was stored', () => {
    const cache = createDocumentCache();
    expect(has(cache, '{ a }')).toBe(false);
    keep(cache, '{ a }');
    expect(has(cache, '{ a }')).toBe(true);
    expect(cache.parsed('{ a }', parse)).toBe(cache.parsed('{ a }', parse));
  });

  it('stores no document that does not parse', () => {
    const cache = createDocumentCache();
    for (const _ of numbered(2)) expect(() => cache.parsed('{', parse)).toThrow(/Syntax Error/);
  });

  it('keeps the most recently used documents, up to 24 MiB of tokens and text', () => {
    const cache = createDocumentCache();
    const texts = numbered(40).map((index) => `{ ${'__typename '.repeat(1900)} a${index} }`);
    const weight = texts.map((text) => keep(cache, text));
    const room = Math.floor((24 * 1024 * 1024) / (weight.at(-1) ?? 0));
    expect(room).toBeLessThan(30);
    expect(texts.filter((text) => has(cache, text))).toEqual(texts.slice(-room));
  });

  it('keeps at most a thousand, however short', () => {
    const cache = createDocumentCache();
    for (const index of numbered(1001)) keep(cache, `{a${index}}`);
    expect(numbered(1001).filter((index) => has(cache, `{a${index}}`))).toHaveLength(1000);
    expect(has(cache, '{a0}')).toBe(false);
  });
});
