import type { CatalogFilter } from '../domain/catalog.ts';
import type { SellerFilter } from '../domain/seller.ts';
import { filterKey } from './filters.ts';

// The only file that defines the form of keys and tags, the names of key classes, and the reach of a change.
// docs/freshness.md describes the reach, and docs/decisions/045-one-reach-for-every-change.md gives the reasons.

/** The tag of the lists of sellers, and of each seller, because such a list shows it. */
export const SELLERS = 'sellers';
/** The tag of all lists of catalogs, and of each catalog. */
const CATALOGS = 'catalogs';

/** Every entry carries one of these. */
export const EVERYTHING: readonly string[] = [SELLERS, CATALOGS];

function sellerTag(id: number): string {
  return `seller:${id}`;
}

function catalogTag(id: number): string {
  return `catalog:${id}`;
}

/** The tag of one seller's lists of catalogs. */
function catalogsOfSellerTag(sellerId: number): string {
  return `catalogs:seller:${sellerId}`;
}

/** One seller's catalogs under a filter. */
export interface SellersCatalogs {
  readonly sellerId: number;
  readonly filter: CatalogFilter;
}

/**
 * The kinds of entries: the name of the class (a label in metrics, a field in logs), the key (in braces in Redis), and the
 * tags, any of which invalidates the entry.
 */
export const KEYS = {
  sellers: {
    name: 'sellers',
    key: (_: 'all') => 'sellers_all',
    tags: (_: 'all') => [SELLERS],
  },
  seller: {
    name: 'seller',
    key: (id: number) => `seller_${id}`,
    tags: (id: number) => [sellerTag(id), SELLERS],
  },
  filteredSellers: {
    name: 'filtered-sellers',
    key: (filter: SellerFilter) => `sellers_where_${filterKey(filter)}`,
    tags: (_: SellerFilter) => [SELLERS],
  },
  catalogs: {
    name: 'catalogs',
    key: (sellerId: number) => `catalogs_seller_${sellerId}`,
    tags: (sellerId: number) => [catalogsOfSellerTag(sellerId), CATALOGS],
  },
  catalog: {
    name: 'catalog',
    key: (id: number) => `catalog_${id}`,
    tags: (id: number) => [catalogTag(id), CATALOGS],
  },
  filteredCatalogs: {
    name: 'filtered-catalogs',
    key: ({ sellerId, filter }: SellersCatalogs) => `catalogs_seller_${sellerId}_where_${filterKey(filter)}`,
    tags: ({ sellerId }: SellersCatalogs) => [catalogsOfSellerTag(sellerId), CATALOGS],
  },
} as const;

/** The name of the value that is made of the catalogs of all sellers. It is kept in memory alone. */
export const UPCOMING = 'upcoming';

/** The key of a document that a client registered, by the SHA-256 of its text in hexadecimal. */
export function documentKey(hash: string): string {
  return `document_${hash}`;
}

/** The keys of the stored response with the digest, one for each media type. */
export function responseKeys(digest: string) {
  return {
    'application/json': `answer_${digest}j`,
    'application/graphql-response+json': `answer_${digest}g`,
  } as const;
}

/** The key of a stored response that shows a principal. It begins with that of the principal. */
export function personalKey(responseKey: string, principalKey: string): string {
  return `${principalKey}_${responseKey}`;
}

/** The key of the pause that a service of the upstream asked for. */
export function pauseKey(service: 'catalog' | 'identity'): string {
  return `pause_${service}`;
}

/** The kinds of keys in Redis by the form of the text in their braces. */
const KINDS: readonly (readonly [kind: string, form: RegExp])[] = [
  ['sellers', /^sellers_all$/],
  ['seller', /^seller_-?\d+$/],
  ['filtered sellers', /^sellers_where_\S+$/],
  ['catalogs', /^catalogs_seller_-?\d+$/],
  ['filtered catalogs', /^catalogs_seller_-?\d+_where_\S+$/],
  ['catalog', /^catalog_-?\d+$/],
  ['answer', /^answer_\S+$/],
  ['document', /^document_[0-9a-f]{64}$/],
  // The second is its name in earlier releases.
  ['poll snapshot', /^turn_poll$|^poll_snapshot$/],
  ['pause of the upstream', /^pause_(catalog|identity)$/],
];

/** The kind of a key without its namespace; undefined if no kind of key has this form. */
export function kindOfName(name: string): string | undefined {
  return KINDS.find(([, form]) => form.test(name))?.[0];
}

/** The kind of a key as Redis has it, of any namespace under the prefix; `other` if none matches. */
export function kindOfKey(redisKey: string, namespacePrefix: string): string {
  const [, before = '', name = '', after = ''] =
    /^(?:[0-9a-v]{8}:)?(.*?)\{(.*)\}(.*)$/.exec(
      redisKey.startsWith(namespacePrefix) ? redisKey.slice(namespacePrefix.length) : '',
    ) ?? [];
  if (before === 'generation:') return 'generation of a tag';
  if (after === ':lease') return 'lease';
  return kindOfName(name) ?? 'other';
}

interface ParsedTag {
  readonly kind: 'sellers' | 'catalogs' | 'seller' | 'catalog' | 'catalogs:seller';
  /** NaN for the tags of all sellers and of all catalogs. */
  readonly id: number;
}

const TAG = /^(sellers|catalogs|(seller|catalog|catalogs:seller):(-?(?:0|[1-9]\d{0,9})))$/;

/** Undefined for a tag that no entry carries. */
function parseTag(tag: string): ParsedTag | undefined {
  const [, all, kind, id] = TAG.exec(tag) ?? [];
  return all === undefined ? undefined : ({ kind: kind ?? all, id: Number(id) } as ParsedTag);
}

const MAX_QUOTED_CHARACTERS = 60;

/** Undefined for a tag that entries of this gateway can carry; otherwise what is wrong, with a bounded part of it. */
export function tagFault(tag: string): string | undefined {
  if (parseTag(tag)) return undefined;
  const quoted = tag.length > MAX_QUOTED_CHARACTERS ? `${tag.slice(0, MAX_QUOTED_CHARACTERS)}…` : tag;
  return (
    `${JSON.stringify(quoted.toWellFormed())} is not a valid tag. Valid tags are sellers, seller:<id>, catalogs, ` +
    'catalogs:seller:<id> and catalog:<id>.'
  );
}

/** The seller whose lists of catalogs carry the tag; undefined for any other tag. */
export function sellerIdOf(tag: string): number | undefined {
  const parsed = parseTag(tag);
  return parsed?.kind === 'catalogs:seller' ? parsed.id : undefined;
}

/** The key of the list of all sellers, or of one seller's catalogs, that the tag belongs to; undefined for any other tag. */
export function listKeyOf(tag: string): string | undefined {
  if (tag === SELLERS) return KEYS.sellers.key('all');
  const sellerId = sellerIdOf(tag);
  return sellerId === undefined ? undefined : KEYS.catalogs.key(sellerId);
}

/** The tag of the whole kind: `sellers` for `seller:42`, `catalogs` for `catalog:7` and `catalogs:seller:42`. */
export function coarseTag(tag: string): string {
  return tag.startsWith('seller') ? SELLERS : CATALOGS;
}

/** A seller or a catalog that was added, changed, moved or removed at the source. */
export interface Change {
  readonly entity: 'seller' | 'catalog';
  readonly id: number;
  /** For a catalog: every seller that shows it or showed it before; empty if they are unknown. */
  readonly sellerIds: readonly number[];
}

/**
 * The reach of a change: the tags of all entries that may show the changed record. It does not depend on the reporter.
 * - A seller reaches itself, every list of sellers, and its own lists of catalogs, which come and go with it.
 * - A catalog reaches itself and the lists of its sellers; if those are unknown, all catalogs.
 */
export function reachOf({ entity, id, sellerIds }: Change): readonly string[] {
  if (entity === 'seller') return [sellerTag(id), SELLERS, catalogsOfSellerTag(id)];
  const lists = sellerIds.map(catalogsOfSellerTag);
  return [catalogTag(id), ...(lists.length > 0 ? lists : [CATALOGS])];
}

/** The reach of a tag given by an operator: `seller:42` and `catalog:7` count as changes; any other tag reaches itself. */
export function reachOfTag(tag: string): readonly string[] {
  const parsed = parseTag(tag);
  if (parsed?.kind !== 'seller' && parsed?.kind !== 'catalog') return [tag];
  return reachOf({ entity: parsed.kind, id: parsed.id, sellerIds: [] });
}

// With more tags, reloading everything costs less than invalidating each.
const MAX_TAGS = 20_000;

/** The distinct tags, or EVERYTHING if there are more than 20,000. Stops reading at that limit. */
export function boundedTags(tags: Iterable<string>): readonly string[] {
  const distinct = new Set<string>();
  for (const tag of tags) {
    distinct.add(tag);
    if (distinct.size > MAX_TAGS) return EVERYTHING;
  }
  return [...distinct];
}
