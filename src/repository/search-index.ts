import type { List } from '../domain/list.ts';
import { indexedWords } from './search-words.ts';
import { inSlices } from './slices.ts';

/** An index of a list for searches by the beginnings of words. */
export interface SearchIndex {
  /** The positions of the items with a word that begins with each of the given ones, at most 255, ascending. */
  find(words: readonly string[]): readonly number[];
}

/** A word, and the positions of the items that have it, ascending. */
interface Posting {
  readonly word: string;
  readonly positions: number[];
}

const MAX_PREFIX_LENGTH = 2;

/**
 * Indexes the words of each item's texts. A search reads the words that share its first two characters and no text, so
 * its time is bounded by the number of words, however many items have one. Yields to the event loop while it indexes.
 */
export async function createSearchIndex<T>(
  list: List<T>,
  textsOf: (item: T) => readonly (string | null)[],
): Promise<SearchIndex> {
  const postings = new Map<string, Posting>();
  const postingsByPrefix = new Map<string, Posting[]>();

  let position = 0;
  await inSlices(list, (item) => {
    for (const text of textsOf(item)) for (const word of text === null ? [] : indexedWords(text)) add(word);
    position += 1;
  });

  return {
    find(words) {
      // How many of the words, from the first, each item has.
      const matched = new Uint8Array(list.length);
      for (const [index, word] of words.entries()) {
        for (const posting of postingsByPrefix.get(word.slice(0, MAX_PREFIX_LENGTH)) ?? []) {
          if (!posting.word.startsWith(word)) continue;
          for (const at of posting.positions) if (matched[at] === index) matched[at] = index + 1;
        }
      }
      const found: number[] = [];
      for (let at = 0; at < matched.length; at += 1) if (matched[at] === words.length) found.push(at);
      return found;
    },
  };

  function add(word: string): void {
    const posting = postings.get(word) ?? addPosting(word);
    if (posting.positions.at(-1) !== position) posting.positions.push(position);
  }

  function addPosting(word: string): Posting {
    const posting = { word, positions: [] };
    postings.set(word, posting);
    for (let length = 1; length <= Math.min(MAX_PREFIX_LENGTH, word.length); length += 1) {
      const prefix = word.slice(0, length);
      const sharing = postingsByPrefix.get(prefix);
      if (sharing) sharing.push(posting);
      else postingsByPrefix.set(prefix, [posting]);
    }
    return posting;
  }
}
