import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

/** Parsed documents that are valid for one schema, by their text; the least recently used go first. */
export interface DocumentCache {
  /** The document of the text, from `parse` if it is not kept. Throws what `parse` throws. */
  parsed(text: string, parse: (text: string) => DocumentNode): DocumentNode;
  /** The valid document of the text, if it is kept. */
  kept(text: string): DocumentNode | undefined;
  /** Whether the document is kept, and so known to be valid. */
  isKept(document: DocumentNode): boolean;
  /** Keeps a document that came from `parsed`. */
  keep(document: DocumentNode): void;
}

// Any client can send documents that never come again.
const MAX_DOCUMENTS = 1000;
const MAX_BYTES = 24 * 1024 * 1024;

// Measured: up to 460 bytes a token with its node and location, and the text.
const BYTES_PER_TOKEN = 500;
const BYTES_PER_CHARACTER = 2;

export function createDocumentCache(): DocumentCache {
  const texts = new WeakMap<DocumentNode, string>();
  const kept = new LRUCache<string, DocumentNode>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_BYTES,
    sizeCalculation: (document, text) => documentWeight(document, text.length),
  });
  return {
    parsed(text, parse) {
      const known = kept.get(text);
      if (known) return known;
      const document = parse(text);
      texts.set(document, text);
      return document;
    },
    kept: (text) => kept.get(text),
    isKept: (document) => kept.peek(texts.get(document) ?? '') === document,
    keep(document) {
      const text = texts.get(document);
      if (text !== undefined) kept.set(text, document);
    },
  };
}

/** About how many bytes of memory a parsed document takes with a text of so many characters. */
export function documentWeight({ tokenCount = 0 }: DocumentNode, characters: number): number {
  return 1000 + BYTES_PER_CHARACTER * characters + BYTES_PER_TOKEN * tokenCount;
}
