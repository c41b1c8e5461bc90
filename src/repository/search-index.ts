import { searchWords } from './search-words.ts';
import { inSlices } from './slices.ts';

/** An index of a list for searches by the beginnings of words. */
export interface SearchIndex {
  /** The positions of the items with a word that begins with each of the given ones, ascending. */
  find(words: readonly string[]): readonly number[];
}

const PREFIX_LENGTH = 2;

/**
 * Indexes the texts of each item by the first two characters of their words. A search reads the items of its rarest
 * prefix and checks the rest of its words. Yields to the event loop while it indexes.
 */
export async function createSearchIndex<T>(
  list: readonly T[],
  textsOf: (item: T) => readonly (string | null)[],
): Promise<SearchIndex> {
  const positionsByPrefix = new Map<string, number[]>();
  // The words of each item, with a space before each.
  const texts: string[] = [];

  await inSlices(list, (item) => {
    const words = textsOf(item).flatMap((text) => (text === null ? [] : searchWords(text)));
    for (const word of words) {
      for (let length = 1; length <= PREFIX_LENGTH; length += 1) add(word.slice(0, length), texts.length);
    }
    texts.push(words.map((word) => ` ${word}`).join(''));
  });

  return {
    find(words) {
      const candidates = words.map((word) => positionsByPrefix.get(word.slice(0, PREFIX_LENGTH)) ?? []);
      const fewest = candidates.reduce((best, each) => (each.length < best.length ? each : best));
      // The prefix alone decides about a single short word.
      if (words.length === 1 && (words[0] as string).length <= PREFIX_LENGTH) return fewest;
      const parts = words.map((word) => ` ${word}`);
      return fewest.filter((position) => parts.every((part) => (texts[position] as string).includes(part)));
    },
  };

  function add(prefix: string, position: number): void {
    const positions = positionsByPrefix.get(prefix);
    if (!positions) positionsByPrefix.set(prefix, [position]);
    else if (positions.at(-1) !== position) positions.push(position);
  }
}
