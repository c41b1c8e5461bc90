import { coarseTag } from '../../repository/keys.ts';

/** The tags by which a CDN can purge a response: Fastly reads the first header, Cloudflare the second. */
export interface SurrogateHeaders {
  readonly 'Surrogate-Key': string;
  readonly 'Cache-Tag': string;
}

// Fastly and Cloudflare take 16 KB, but both headers pass through whatever stands between, and Node's own client and
// Varnish refuse sooner: 16 KB for all headers together, 8 KB for one.
const MAX_BYTES = 7 * 1024;

/**
 * The headers for a response with these tags: ASCII without spaces and commas, 200 characters at most, as those of the
 * repository are. Where they do not fit, the tags of single things give way to the coarse ones that cover them, all of
 * them at once: a header never lacks a tag without holding its cover. So a purge of `seller:42`
 * from a CDN must purge `coarseTag('seller:42')` too; a response that took the seller from the list has no other tag.
 */
export function surrogateHeaders(tags: readonly string[]): SurrogateHeaders {
  const keys = fits(tags) ? tags : [...new Set(tags.map(coarseTag))];
  return { 'Surrogate-Key': keys.join(' '), 'Cache-Tag': keys.join(',') };
}

function fits(tags: readonly string[]): boolean {
  return tags.reduce((bytes, tag) => bytes + tag.length + 1, 0) <= MAX_BYTES;
}
