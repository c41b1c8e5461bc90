import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import proxyAddr from 'proxy-addr';
import { normalizeAddress } from '../../auth/addresses.ts';

const NAMES = ['loopback', 'linklocal', 'uniquelocal'];
const UNKNOWN = 'unknown';

/** A part of the list of trusted proxies that is not an address, a range or a known name. */
export class InvalidTrustedProxy extends Error {
  override name = 'InvalidTrustedProxy' as const;
}

/**
 * Parses a comma-separated list of addresses, CIDR ranges, and the names `loopback`, `linklocal` and `uniquelocal`.
 * @throws InvalidTrustedProxy, which names the part.
 */
export function parseTrustedProxies(text: string): readonly string[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  for (const part of parts) checkTrustedProxy(part);
  return parts;
}

function checkTrustedProxy(part: string): void {
  if (NAMES.includes(part)) return;
  const [address = '', bits, ...rest] = part.split('/');
  const normalized = normalizeAddress(address);
  if (normalized === null || address.includes('%') || rest.length > 0 || !/^\d{1,3}$/.test(bits ?? '1')) {
    throw new InvalidTrustedProxy(`"${part}" is not an address, a CIDR range, or one of ${NAMES.join(', ')}`);
  }
  const isMapped = address.includes(':') && isIPv4(normalized);
  if (bits !== undefined && Number(bits) <= (isMapped ? 96 : 0)) {
    throw new InvalidTrustedProxy(`"${part}" trusts everybody, so every client could forge its address`);
  }
  try {
    proxyAddr.compile(part);
  } catch {
    throw new InvalidTrustedProxy(`"${part}" has a prefix longer than its address`);
  }
}

/**
 * The address of a request's client: the last address in `X-Forwarded-For` that is not a trusted proxy, or the peer of the
 * connection if that is not trusted. Where the header has something else than an address, the last trusted proxy counts
 * as the client.
 */
export function createClientAddress(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  if (trustedProxies.length === 0)
    return ({ socket }) => normalizeAddress(socket.remoteAddress ?? '') ?? UNKNOWN;
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  return (request) => {
    // A peer that has disconnected has no address.
    if (request.socket.remoteAddress === undefined) return UNKNOWN;
    const valid = proxyAddr.all(request, isTrusted).map(normalizeAddress);
    const invalidAt = valid.indexOf(null);
    return valid.at(invalidAt < 0 ? -1 : invalidAt - 1) ?? UNKNOWN;
  };
}
