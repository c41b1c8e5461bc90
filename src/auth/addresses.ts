import { isIP, isIPv4 } from 'node:net';

const IPV4_MAPPED = /^::ffff:([\d.]+)$/i;
const CLIENT_GROUPS = 4;
const RECORDED_GROUPS = 3;

/** The address in one form: IPv4 for an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2), without a zone. Null if it is invalid. */
export function normalizeAddress(address: string): string | null {
  if (isIP(address) === 0) return null;
  if (isIPv4(address)) return address;
  // The form in which Node has the address of an IPv4 peer.
  const [, mapped] = IPV4_MAPPED.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  // The parser of URLs writes each IPv6 address in one form only (RFC 5952), without a dotted part.
  const canonical = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
  const groups = groupsOf(canonical).map((group) => Number.parseInt(group, 16));
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  return isMapped ? [high >> 8, high & 255, low >> 8, low & 255].join('.') : canonical;
}

/**
 * What limits count an address by: an IPv4 address itself, and the /64 of an IPv6 address, because one client usually
 * has all addresses of it. Invalid addresses have one key in common.
 */
export function clientKeyOf(address: string): string {
  const normalized = normalizeAddress(address) ?? 'unknown';
  return isIP(normalized) === 6 ? prefixOf(normalized, CLIENT_GROUPS) : normalized;
}

/** The network of an address, for a record that identifies no connection: /24 of IPv4, /48 of IPv6. */
export function truncatedAddress(address: string): string {
  const normalized = normalizeAddress(address);
  if (normalized === null) return 'unknown';
  return isIPv4(normalized) ? normalized.replace(/\d+$/, '0/24') : prefixOf(normalized, RECORDED_GROUPS);
}

function prefixOf(address: string, groups: number): string {
  const prefix = `${groupsOf(address).slice(0, groups).join(':')}::`;
  return `${normalizeAddress(prefix)}/${groups * 16}`;
}

/** The eight groups of a canonical IPv6 address. */
function groupsOf(address: string): readonly string[] {
  const [head = '', tail] = address.split('::');
  const [before, after] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean)) as [
    string[],
    string[],
  ];
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
}
