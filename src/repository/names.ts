import { SELLERS, sellerIdOf } from './keys.ts';

/** The kinds of keys in Redis by the form of what is between the braces, and what may follow those. */
const KINDS: readonly (readonly [kind: string, form: RegExp])[] = [
  ['sellers', /^sellers_all$/],
  ['seller', /^seller_-?\d+$/],
  ['filtered sellers', /^sellers_where_\S+$/],
  ['catalogs', /^catalogs_seller_-?\d+$/],
  ['filtered catalogs', /^catalogs_seller_-?\d+_where_\S+$/],
  ['catalog', /^catalog_-?\d+$/],
  ['answer', /^answer_\S+$/],
  ['document', /^document_[0-9a-f]{64}$/],
  ['poll snapshot', /^poll_snapshot$/],
  ['pause of the upstream', /^pause_(catalog|identity)$/],
];

/** What is kept under a name, which a key has in its braces; undefined for a name that nothing has. */
export function kindOfName(name: string): string | undefined {
  return KINDS.find(([, form]) => form.test(name))?.[0];
}

/** The name of the list that carries the tag as its own: that of all sellers, or that of one seller's catalogs. */
export function listOfTag(tag: string): string | undefined {
  if (tag === SELLERS) return 'sellers_all';
  const sellerId = sellerIdOf(tag);
  return sellerId === undefined ? undefined : `catalogs_seller_${sellerId}`;
}

/** What a key in Redis is, whole as it lies there, in whichever namespace under the prefix. */
export function kindOfKey(key: string, namespacePrefix: string): string {
  const [, before = '', name = '', after = ''] =
    /^(?:[0-9a-v]{8}:)?(.*?)\{(.*)\}(.*)$/.exec(
      key.startsWith(namespacePrefix) ? key.slice(namespacePrefix.length) : '',
    ) ?? [];
  if (before === 'generation:') return 'generation of a tag';
  if (after === ':lease') return 'lease';
  return kindOfName(name) ?? 'other';
}
