import { describe, expect, it } from 'vitest';
import { createBrowserJar } from '../support/browser-jar.ts';
import { startGateway } from '../support/gateway.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const SIGN_IN = JSON.stringify({ username: 'anna', password: 'password-of-anna' });

/** The proxy is on this machine, and replaces the Host header by the gateway's address. */
async function signIn(variables: Record<string, string>, headers: Record<string, string>) {
  mockUpstream();
  const gateway = await startGateway({ AUTH: 'required', ...variables });
  const browser = createBrowserJar(gateway.origin);
  const { status, headers: received } = await browser.send('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: SIGN_IN,
  });
  expect(status).toBe(201);
  return { browser, setCookie: received.getSetCookie() };
}

describe('a proxy on the same machine', () => {
  it.each([
    [{}, { 'x-forwarded-for': '192.0.2.1' }],
    [{}, { 'x-forwarded-proto': 'https' }],
    [{}, { 'x-forwarded-host': 'catalogs.example' }],
    [{}, { forwarded: 'proto=https' }],
    [{}, { via: '1.1 proxy' }],
    [{ TRUST_PROXY: 'loopback' }, {}],
  ] as [Record<string, string>, Record<string, string>][])(
    'gets cookies that count with their prefix alone: %j %j',
    async (variables, headers) => {
      const { browser, setCookie } = await signIn(variables, headers);
      expect(setCookie).toEqual([expect.stringMatching(/^__Host-sid=[\w-]{43}; .*; Secure;/)]);
      expect((await browser.send('/session', { headers })).status).toBe(200);
      browser.cookies.set('sid', browser.cookies.get('__Host-sid') ?? '');
      browser.cookies.delete('__Host-sid');
      expect((await browser.send('/session', { headers })).status).toBe(401);
    },
  );
});
