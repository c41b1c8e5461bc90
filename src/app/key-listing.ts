import { escapeGlob } from '../cache/index.ts';
import type { Namespaces } from '../config/namespaces.ts';

/** Which keys of a Redis are listed: those of this configuration, or with `all` those of every namespace beside it. */
export interface KeyListing {
  /** The glob for SCAN; `pattern` is one on what follows the namespace. */
  glob(pattern: string): string;
  /** What the glob matches is of every namespace, because one SCAN is cheaper than two. */
  has(key: string): boolean;
}

export function createKeyListing(
  { namespacePrefix, sourcePrefix, keyPrefix }: Namespaces,
  all: boolean,
): KeyListing {
  return {
    glob: (pattern) => `${escapeGlob(namespacePrefix)}????????:${pattern}`,
    has: (key) => all || key.startsWith(sourcePrefix) || key.startsWith(keyPrefix),
  };
}
