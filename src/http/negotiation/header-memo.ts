import { LRUCache } from 'lru-cache';

// Clients of one kind send the same header with every request, and there are few kinds. Longer headers than any of
// them sends are somebody's test of our memory.
const MOST_HEADERS = 100;
const LONGEST_HEADER = 256;

/** `read`, which remembers what it made of the latest headers. A header that was not sent is read as an empty one. */
export function rememberHeaders<T extends NonNullable<unknown>>(
  read: (header: string) => T,
): (header: string | undefined) => T {
  const known = new LRUCache<string, T>({ max: MOST_HEADERS });
  return (header = '') => {
    const remembered = known.get(header);
    if (remembered !== undefined) return remembered;
    const result = read(header);
    if (header.length <= LONGEST_HEADER) known.set(header, result);
    return result;
  };
}
