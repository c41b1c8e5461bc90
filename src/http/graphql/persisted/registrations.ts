import { LRUCache } from 'lru-cache';

/** How much clients may register in a day, in this process. */
export interface Registrations {
  /** Whether the client of an address may register a document of so many characters; then it counts. */
  take(address: string, characters: number): boolean;
}

const DAY_MS = 24 * 60 * 60_000;
const MAX_ADDRESSES = 10_000;

// A front end has some hundred operations of a few kilobytes. Behind a proxy many clients are one address.
const OF_ONE = { documents: 500, characters: 1024 * 1024 };
const OF_ALL = { documents: 2000, characters: 4 * 1024 * 1024 };

export function createRegistrations(): Registrations {
  const taken = new LRUCache<string, { documents: number; characters: number }>({
    max: MAX_ADDRESSES,
    ttl: DAY_MS,
  });
  const all = new LRUCache<'all', { documents: number; characters: number }>({ max: 1, ttl: DAY_MS });

  return {
    take(address, characters) {
      const [one, everybody] = [countOf(taken, address), countOf(all, 'all')];
      const fits = [
        [one, OF_ONE],
        [everybody, OF_ALL],
      ] as const;
      if (fits.some(([count, most]) => count.documents >= most.documents)) return false;
      if (fits.some(([count, most]) => count.characters + characters > most.characters)) return false;
      for (const [count] of fits) {
        count.documents += 1;
        count.characters += characters;
      }
      return true;
    },
  };
}

function countOf<K extends string>(
  counts: LRUCache<K, { documents: number; characters: number }>,
  key: K,
): { documents: number; characters: number } {
  const known = counts.get(key);
  if (known) return known;
  const count = { documents: 0, characters: 0 };
  counts.set(key, count);
  return count;
}
