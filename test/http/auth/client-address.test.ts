import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createClientAddress, parseTrustedProxies } from '../../../src/http/auth/client-address.ts';

/** The address of a request from the peer, with the header if there is one. */
function addressOf(trusted: string, remoteAddress: string | undefined, forwarded?: string): string {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  const request = { socket: { remoteAddress }, headers } as IncomingMessage;
  return createClientAddress(parseTrustedProxies(trusted))(request);
}

describe('the address of a client', () => {
  it.each([undefined, '198.51.100.9', '127.0.0.1, 198.51.100.9', '203.0.113.5', '::1'])(
    'is the peer while no proxy is trusted, with X-Forwarded-For: %s',
    (forwarded) => {
      expect(addressOf('', '203.0.113.5', forwarded)).toBe('203.0.113.5');
    },
  );

  it('is the peer if the peer is not a trusted proxy', () => {
    expect(addressOf('10.0.0.0/8', '203.0.113.5', '198.51.100.9')).toBe('203.0.113.5');
  });

  it.each([
    ['10.0.0.1', '198.51.100.9', '198.51.100.9'],
    ['10.0.0.1', '198.51.100.9, 10.0.0.2', '198.51.100.9'],
    // What a client sends stands to the left of what the proxies add.
    ['10.0.0.1', '192.0.2.66, 198.51.100.9', '198.51.100.9'],
    ['10.0.0.1', '10.0.0.66, 192.0.2.66, 198.51.100.9, 10.0.0.2', '198.51.100.9'],
    ['::ffff:10.0.0.1', '::ffff:198.51.100.9', '198.51.100.9'],
    ['10.0.0.1', '2001:DB8::1', '2001:db8::1'],
    ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['10.0.0.1', undefined, '10.0.0.1'],
    ['10.0.0.1', '', '10.0.0.1'],
  ])('is the last address that no trusted proxy has: %s, X-Forwarded-For: %s', (peer, forwarded, client) => {
    expect(addressOf('10.0.0.0/8', peer, forwarded)).toBe(client);
  });

  it.each([
    ['anything', '10.0.0.1'],
    ['198.51.100.9:4711', '10.0.0.1'],
    ['[2001:db8::1]:4711', '10.0.0.1'],
    ['198.51.100.9, unknown', '10.0.0.1'],
    ['198.51.100.9, unknown, 10.0.0.2', '10.0.0.2'],
    ['<script>, 10.0.0.3, 10.0.0.2', '10.0.0.3'],
    [`${'1'.repeat(8000)}`, '10.0.0.1'],
  ])('is the last trusted proxy if that forwarded no address: %s', (forwarded, client) => {
    expect(addressOf('uniquelocal', '10.0.0.1', forwarded)).toBe(client);
  });

  it('is unknown for a peer that has disconnected', () => {
    expect([addressOf('', undefined), addressOf('loopback', undefined, '192.0.2.1')]).toEqual([
      ...['unknown', 'unknown'],
    ]);
  });
});

describe('the list of trusted proxies', () => {
  it.each([
    ['', []],
    ['loopback', ['loopback']],
    [' loopback , 10.0.0.1,192.0.2.0/24,', ['loopback', '10.0.0.1', '192.0.2.0/24']],
    ['2001:db8::/32,::1', ['2001:db8::/32', '::1']],
    ['linklocal,uniquelocal', ['linklocal', 'uniquelocal']],
  ])('is "%s"', (text, parts) => {
    expect(parseTrustedProxies(text)).toEqual(parts);
  });

  it.each([
    'all',
    'Loopback',
    'true',
    '1',
    'proxy.example.test',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '10.0.0.0/255.0.0.0',
    '10.0.0.0/-1',
    '10.0.0',
    '2001:db8::/129',
    'fe80::1%eth0',
    '0.0.0.0/0',
    '10.0.0.0/0',
    '10.0.0.0/00',
    '::/0',
    '::ffff:0.0.0.0/96',
    '::ffff:0:0/0',
  ])('names %s as invalid', (part) => {
    expect(() => parseTrustedProxies(`loopback, ${part}`)).toThrow(`"${part}"`);
  });
});
