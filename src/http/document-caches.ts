import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

// Anybody can send documents that are never sent again. A parsed one weighs some hundred times its text.
const MAX_DOCUMENTS = 1000;
const MAX_CHARACTERS = 512 * 1024;

/** Parsed documents, and why others could not be parsed, by their text; the least recently used go first. */
export function createDocumentCaches() {
  return { documentCache: byText<DocumentNode>(), errorCache: byText<Error>() };
}

function byText<V extends object>(): LRUCache<string, V> {
  return new LRUCache({
    max: MAX_DOCUMENTS,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (_, text) => text.length || 1,
  });
}
