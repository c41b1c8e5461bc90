import { hash } from 'node:crypto';
import { ENTRY_FORMAT } from '../cache/codec.ts';
import { ROW_SHAPE } from '../repository/codecs.ts';

/** Where the data comes from, and what decides which data that is. */
type Source =
  | {
      readonly kind: 'abconnect';
      readonly catalogUrl: string;
      readonly identityUrl: string;
      readonly credentials: { readonly username: string; readonly clientId: string };
    }
  /** `data`: the settings that its data is made up from. */
  | { readonly kind: 'sandbox'; readonly data: Readonly<Record<string, unknown>> };

export interface NamespacesOptions {
  /** `CACHE_KEY_PREFIX` and `CACHE_VERSION`, joined. */
  readonly prefix: string;
  readonly source: Source;
  /** IANA name of the zone of upstream times without an offset. */
  readonly timeZone: string;
}

/**
 * What keys in Redis start with. A namespace is named by a digest of all that its values depend on, so two gateways
 * that differ in any of it share no value, and those that do not differ share all.
 */
export interface Namespaces {
  /** Every namespace starts with it. */
  readonly namespacePrefix: string;
  /**
   * State of the source, whatever form its entries have: generations of tags, and the channel of invalidations. All
   * gateways of a source share it, so a signal reaches each release and each time zone.
   */
  readonly sourcePrefix: string;
  /** Entries, and what guards or follows from them: leases, failures, snapshots, answers. */
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
 * The zone with the version of its rules, by which the same wall time may be another instant. UTC has one rule.
 */
export function zoneOf(timeZone: string): string {
  return timeZone === 'UTC' ? timeZone : `${timeZone} ${process.versions.tz}`;
}

/**
 * The account is named by its user name and its client id, which is no secret (RFC 6749, 2.2). The password and the
 * client secret have no part in it: they say nothing of the data, and change without it.
 */
function identityOf(source: Source): readonly unknown[] {
  if (source.kind === 'sandbox') return [source.kind, Object.entries(source.data).toSorted()];
  const { catalogUrl, identityUrl, credentials } = source;
  const { username, clientId } = credentials;
  return [source.kind, new URL(catalogUrl).href, new URL(identityUrl).href, username, clientId];
}

/** 40 bits in 8 characters: of a thousand namespaces two are the same once in two million. */
function digestOf(parts: readonly unknown[]): string {
  const bits = hash('sha256', JSON.stringify(parts), 'buffer').readUIntBE(0, 5);
  return bits.toString(32).padStart(8, '0');
}
