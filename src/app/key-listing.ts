import { escapeGlob } from '../cache/index.ts';
import type { Namespaces } from '../config/namespaces.ts';

/** Selects the keys of a listing: those of this configuration, or with `all` those of every namespace under its prefix. */
export interface KeyListing {
  /** The glob for SCAN; `pattern` is a glob for the part after the namespace. */
  glob(pattern: string): string;
  /** Whether the listing contains the key. The glob matches every namespace, because one SCAN is cheaper than two. */
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
