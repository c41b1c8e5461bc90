import { type DocumentNode, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createDocumentCaches } from '../../src/http/document-caches.ts';

const document: DocumentNode = parse('{ a }');
const numbered = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('the cache of parsed documents', () => {
  it('holds what is used, up to half a megabyte of text', () => {
    const { documentCache } = createDocumentCaches();
    const texts = numbered(6).map((index) => String(index).repeat(100_000));
    for (const text of texts) documentCache.set(text, document);
    expect(texts.filter((text) => documentCache.get(text)).length).toBe(5);
    expect(documentCache.get(texts[0] ?? '')).toBeUndefined();
  });

  it('holds no more than a thousand, however short', () => {
    const { documentCache } = createDocumentCaches();
    for (const index of numbered(1001)) documentCache.set(`{a${index}}`, document);
    expect(documentCache.size).toBe(1000);
    expect(documentCache.get('{a0}')).toBeUndefined();
  });

  it('keeps apart what could not be parsed', () => {
    const { documentCache, errorCache } = createDocumentCaches();
    errorCache.set('', new Error('no document'));
    expect(errorCache.get('')).toBeInstanceOf(Error);
    expect(documentCache.get('')).toBeUndefined();
  });
});
