import { hash } from 'node:crypto';
import { ENTRY_FORMAT } from '../cache/index.ts';
import { ROW_SHAPE } from '../repository/codecs.ts';

/** The upstream and what decides which data it returns. */
type Source =
  | {
      readonly kind: 'abconnect';
      readonly catalogUrl: string;
      readonly identityUrl: string;
      readonly credentials: { readonly username: string; readonly clientId: string };
    }
  /** `data`: the settings that the made-up data depends on. */
  | { readonly kind: 'sandbox'; readonly data: Readonly<Record<string, unknown>> };

export interface NamespacesOptions {
  /** `CACHE_KEY_PREFIX` and `CACHE_VERSION`, joined. */
  readonly prefix: string;
  readonly source: Source;
  /** IANA name of the zone of upstream times without an offset. */
  readonly timeZone: string;
}

/**
 * The prefixes of keys in Redis. Each contains a digest of everything that the values depend on: gateways with the same
 * digest share all values, and other gateways share none.
 */
export interface Namespaces {
  /** The start of every namespace. */
  readonly namespacePrefix: string;
  /**
   * For the state of the source: generations of tags, the channel of invalidations, and back-off. All gateways of a
   * source share it, so an invalidation reaches every release and every time zone.
   */
  readonly sourcePrefix: string;
  /** For entries and whatever belongs to them: leases, failures, snapshots, responses. */
  readonly keyPrefix: string;
}

export function namespacesOf({ prefix, source, timeZone }: NamespacesOptions): Namespaces {
  const identity = identityOf(source);
  const namespacePrefix = `${prefix}.`;
  return {
    namespacePrefix,
    sourcePrefix: `${namespacePrefix}${digestOf(['source', identity])}:`,
    keyPrefix: `${namespacePrefix}${digestOf(['entries', identity, zoneOf(timeZone), ROW_SHAPE, ENTRY_FORMAT])}:`,
  };
}

/**
 * The prefix of sessions, attempts and limits: gateways whose users sign in at another identity endpoint share none.
 * `prefix` is `CACHE_KEY_PREFIX` alone, because a new version of the cache signs nobody out.
 */
export function sessionPrefixOf(prefix: string, source: Source | { readonly kind: 'sandbox' }): string {
  const issuer =
    source.kind === 'sandbox' ? [] : [new URL(source.identityUrl).href, source.credentials.clientId];
  return `${prefix}sessions.${digestOf(['sessions', source.kind, ...issuer])}:`;
}

/**
 * The zone with the version of the time zone database, since another version may map the same wall time to another
 * instant. UTC never changes.
 */
export function zoneOf(timeZone: string): string {
  return timeZone === 'UTC' ? timeZone : `${timeZone} ${process.versions.tz}`;
}

/** A locale with the version of its data, by which collations differ. */
export function localeOf(tag: string): string {
  return `${tag} ${process.versions.icu}`;
}

/**
 * The account is its user name and its client id, which is not a secret (RFC 6749, section 2.2). The password and the
 * client secret are left out: the data does not depend on them.
 */
function identityOf(source: Source): readonly unknown[] {
  if (source.kind === 'sandbox') return [source.kind, Object.entries(source.data).toSorted()];
  const { catalogUrl, identityUrl, credentials } = source;
  const { username, clientId } = credentials;
  return [source.kind, new URL(catalogUrl).href, new URL(identityUrl).href, username, clientId];
}

/** 40 bits in 8 characters: a thousand namespaces have a collision with a probability of one in two million. */
function digestOf(parts: readonly unknown[]): string {
  const bits = hash('sha256', JSON.stringify(parts), 'buffer').readUIntBE(0, 5);
  return bits.toString(32).padStart(8, '0');
}
