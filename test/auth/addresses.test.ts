import { describe, expect, it } from 'vitest';
import { clientKeyOf, normalizeAddress, truncatedAddress } from '../../src/auth/addresses.ts';

describe('an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.0/24'],
    ['::ffff:192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.0/24'],
    ['::FFFF:c000:201', '192.0.2.1', '192.0.2.1', '192.0.2.0/24'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.0/24'],
    ['::1', '::1', '::/64', '::/48'],
    ['fe80::1%eth0', 'fe80::1', 'fe80::/64', 'fe80::/48'],
    ['2001:DB8:0:0:1::1', '2001:db8::1:0:0:1', '2001:db8::/64', '2001:db8::/48'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['2001:db8:1:2:3:4:192.0.2.1', '2001:db8:1:2:3:4:c000:201', '2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['1::ffff:192.0.2.1', '1::ffff:c000:201', '1::/64', '1::/48'],
  ])('%s has one form, a key for limits and a network', (address, form, key, network) => {
    expect([normalizeAddress(address), clientKeyOf(address), truncatedAddress(address)]).toEqual([
      ...[form, key, network],
    ]);
  });

  it.each([
    '',
    'unknown',
    '_hidden',
    '192.0.2',
    '192.0.2.1:80',
    '[2001:db8::1]',
    '192.0.2.256',
    'a b',
    ':::',
  ])('"%s" is invalid, and shares its key with all invalid ones', (address) => {
    expect([normalizeAddress(address), clientKeyOf(address), truncatedAddress(address)]).toEqual([
      ...[null, 'unknown', 'unknown'],
    ]);
  });
});
