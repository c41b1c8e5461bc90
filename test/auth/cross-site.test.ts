import { describe, expect, it } from 'vitest';
import { createBrowserJar } from '../support/browser-jar.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { NOW, startGateway } from '../support/gateway.ts';
import { exchange } from '../support/http-client.ts';
import { AUDIENCE, ISSUER, signingKey, signToken } from '../support/tokens.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';
import { startWebServer } from '../support/web-server.ts';

const mockUpstream = interceptUpstream();

const SHOP = 'https://shop.example.com';
const STRANGER = 'https://shop.example.com.evil.test';
const VIEWER = '{ viewer { id } }';
const REFUSED = {
  errors: [{ message: 'Cross-site requests are not allowed.', extensions: { code: 'FORBIDDEN' } }],
};

async function start(variables: Record<string, string> = {}) {
  const upstream = mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
  const gateway = await startGateway({ AUTH: 'required', CORS_ORIGINS: SHOP, ...variables });
  const browser = createBrowserJar(gateway.origin);
  await browser.signIn();
  return { upstream, gateway, browser };
}

/** What a browser adds to the requests of pages: those of other sites are refused, the others are not. */
const PAGES: readonly (readonly [sender: string, headers: Record<string, string>, isAccepted: boolean])[] = [
  ['a program', {}, true],
  ['a page of the gateway', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }, true],
  ['a listed origin', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', origin: SHOP }, true],
  ['a listed origin without Fetch Metadata', { origin: SHOP }, true],
  ['another origin', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', origin: STRANGER }, false],
  ['another origin without Fetch Metadata', { origin: STRANGER }, false],
  ['a neighbour of the same site', { 'sec-fetch-site': 'same-site', origin: 'https://b.example.com' }, false],
  ['a listed host by another scheme', { origin: 'http://shop.example.com' }, false],
  ['a listed host on another port', { origin: `${SHOP}:8443` }, false],
  ['a sandboxed frame', { 'sec-fetch-site': 'cross-site', origin: 'null' }, false],
  ['a sandboxed frame without Fetch Metadata', { origin: 'null' }, false],
  ['an image of another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, false],
  [
    'a form of another site',
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', origin: STRANGER },
    false,
  ],
];

describe('a GraphQL request with the cookie of a session', () => {
  it.each(PAGES)('of %s', async (_, headers, isAccepted) => {
    const { browser } = await start();
    const path = `/graphql?${new URLSearchParams({ query: VIEWER })}`;
    const accept = { accept: 'application/json' };
    const answers = [
      await browser.ask(VIEWER, headers),
      await browser.send(path, { headers: { ...accept, ...headers } }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(isAccepted ? 200 : 403);
      expect(await answer.json()).toEqual(isAccepted ? { data: { viewer: { id: 'anna' } } } : REFUSED);
    }
  });

  it('is accepted for a link on another site, whose page cannot read it', async () => {
    const { browser, gateway } = await start();
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    // fetch sends a Sec-Fetch-Mode of its own.
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    const path = `/graphql?${new URLSearchParams({ query: VIEWER })}`;
    const { status, headers, bytes } = await exchange(gateway, path, {
      headers: { cookie, accept: 'application/json', ...link },
    });
    expect([status, `${bytes}`]).toEqual([200, '{"data":{"viewer":{"id":"anna"}}}']);
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it('cannot carry JSON in a form', async () => {
    const { browser } = await start();
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const answer = await browser.ask(VIEWER, { 'content-type': type });
      expect(answer.status).toBe(415);
    }
  });
});

it.each(PAGES)(
  'a bearer token is checked like a cookie, because proxies add it: %s',
  async (_, headers, isAccepted) => {
    mockUpstream();
    const key = await signingKey('ES256');
    const issuer = await startWebServer((_request, response) =>
      response.end(JSON.stringify({ keys: [key.jwk] })),
    );
    const gateway = await startGateway({
      ...{ AUTH: 'required', CORS_ORIGINS: SHOP, AUTH_JWKS_URL: `${issuer.origin}/keys` },
      ...{ AUTH_JWT_ISSUER: ISSUER, AUTH_JWT_AUDIENCE: AUDIENCE },
    });
    const token = await signToken(key, { iat: NOW / 1000, exp: NOW / 1000 + 3600 });
    const answer = await createBrowserJar(gateway.origin).ask(VIEWER, {
      authorization: `Bearer ${token}`,
      ...headers,
    });
    expect(answer.status).toBe(isAccepted ? 200 : 403);
    expect(await answer.json()).toEqual(isAccepted ? { data: { viewer: { id: 'ada' } } } : REFUSED);
  },
);

describe('CORS', () => {
  it('lets pages of listed origins send credentials, and no others', async () => {
    const { browser } = await start();
    const listed = await browser.ask(VIEWER, { origin: SHOP });
    expect(listed.headers.get('access-control-allow-origin')).toBe(SHOP);
    expect(listed.headers.get('access-control-allow-credentials')).toBe('true');
    expect(listed.headers.get('vary')).toBe('Origin, Accept, Accept-Encoding, Authorization, Cookie');
    for (const origin of [STRANGER, 'null', 'http://shop.example.com', `${SHOP}:8443`]) {
      const { headers } = await browser.ask(VIEWER, { origin });
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it.each(['/graphql', '/session'])('answers preflights of nobody for %s', async (path) => {
    const { gateway } = await start();
    const preflight = (origin: string) =>
      createBrowserJar(gateway.origin).send(path, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type',
        },
      });
    const listed = await preflight(SHOP);
    expect(listed.status).toBe(204);
    expect(Object.fromEntries(listed.headers)).toMatchObject({
      'access-control-allow-origin': SHOP,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET,POST,DELETE',
    });
    expect((await preflight(STRANGER)).headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('a session', () => {
  it('is neither begun nor ended by a page of another site', async () => {
    const { browser } = await start();
    const stranger = { origin: STRANGER, 'sec-fetch-site': 'cross-site' };
    const credentials = { username: 'ben', password: 'password-of-ben' };
    const signIn = await browser.send('/session', {
      method: 'POST',
      headers: { ...stranger, 'content-type': 'application/json' },
      body: JSON.stringify(credentials),
    });
    const signOut = await browser.send('/session?everywhere=true', { method: 'DELETE', headers: stranger });
    expect([signIn.status, signOut.status]).toEqual([403, 403]);
    expect(await browser.data(VIEWER)).toEqual({ data: { viewer: { id: 'anna' } } });
  });
});
