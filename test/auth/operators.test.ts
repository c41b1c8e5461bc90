import { describe, expect, it } from 'vitest';
import { type BrowserJar, createBrowserJar } from '../support/browser-jar.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { NOW, startGateway, type TestGateway } from '../support/gateway.ts';
import { AUDIENCE, ISSUER, signingKey, signToken } from '../support/tokens.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';
import { startWebServer } from '../support/web-server.ts';

const mockUpstream = interceptUpstream();

const INVALIDATE = 'mutation { invalidate(tags: ["sellers"]) { tags { tag } } }';
const JSON_TYPE = { 'content-type': 'application/json' };

async function start(variables: Record<string, string> = {}) {
  mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
  const gateway = await startGateway({ AUTH: 'optional', ADMIN_USERS: 'Operator, boss', ...variables });
  const as = async (username: string) => {
    const browser = createBrowserJar(gateway.origin);
    await browser.signIn(username);
    return browser;
  };
  return { gateway, operator: await as('operator'), anna: await as('anna') };
}

const acted = ({ events }: TestGateway) =>
  events.flatMap((event) => (event.type === 'operator-acted' ? [[event.operator, event.effect]] : []));

const invalidateByApi = (browser: BrowserJar, headers = {}) =>
  browser.send('/admin/invalidations', {
    method: 'POST',
    headers: { ...JSON_TYPE, ...headers },
    body: '{"tags":["sellers"]}',
  });

describe('a user of ADMIN_USERS', () => {
  it('invalidates by GraphQL, and is logged by name', async () => {
    const { gateway, operator } = await start();
    expect(await operator.data(INVALIDATE)).toMatchObject({ data: { invalidate: expect.anything() } });
    expect(acted(gateway)).toEqual([['operator', 'invalidate']]);
  });

  it('uses the admin API and the observatory, and is logged by name for each effect', async () => {
    const { gateway, operator } = await start();
    for (const path of ['/observatory', '/admin/stats']) expect((await operator.send(path)).status).toBe(200);
    expect(acted(gateway)).toEqual([]);
    expect((await invalidateByApi(operator)).status).toBe(200);
    expect(acted(gateway)).toEqual([['operator', '/admin/invalidations']]);
  });

  it.each([
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' },
    { 'sec-fetch-site': 'same-site', origin: 'https://b.example.com' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', origin: 'https://evil.test' },
  ] as Record<string, string>[])('is not used by a page of another site: %j', async (headers) => {
    const { gateway, operator } = await start();
    expect((await operator.ask(INVALIDATE, headers)).status).toBe(403);
    expect((await invalidateByApi(operator, headers)).status).toBe(403);
    expect(acted(gateway)).toEqual([]);
  });

  it('has the rights of a user on a page of a listed origin', async () => {
    const origin = 'https://shop.example.com';
    const { gateway, operator } = await start({ CORS_ORIGINS: origin });
    const answer = await operator.ask(INVALIDATE, { origin });
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect((await operator.ask('{ viewer { id } }', { origin })).status).toBe(200);
    expect((await invalidateByApi(operator, { origin })).status).toBe(401);
    const stats = await operator.send('/admin/stats', { headers: { origin } });
    expect(stats.status).toBe(401);
    expect(stats.headers.get('access-control-allow-origin')).toBe(origin);
    expect(stats.headers.get('access-control-allow-credentials')).toBeNull();
    expect(acted(gateway)).toEqual([]);
    const sameOrigin = { origin: gateway.origin, 'sec-fetch-site': 'same-origin' };
    expect((await invalidateByApi(operator, sameOrigin)).status).toBe(200);
  });

  it('is no operator after signing out', async () => {
    const { operator } = await start();
    const copy = operator.at();
    await operator.signOut();
    for (const browser of [operator, copy]) expect((await browser.send('/admin/stats')).status).toBe(401);
    expect(await copy.data(INVALIDATE)).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
  });
});

describe('nobody else is an operator', () => {
  it('as another user', async () => {
    const { gateway, anna } = await start();
    expect(await anna.data(INVALIDATE)).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect((await anna.send('/admin/stats')).status).toBe(401);
    expect((await invalidateByApi(anna)).status).toBe(401);
    expect(acted(gateway)).toEqual([]);
  });

  it('by a token with the name of one', async () => {
    const key = await signingKey('ES256');
    const issuer = await startWebServer((_, response) => response.end(JSON.stringify({ keys: [key.jwk] })));
    const { gateway } = await start({
      ...{ AUTH_JWT_ISSUER: ISSUER, AUTH_JWT_AUDIENCE: AUDIENCE, AUTH_JWKS_URL: `${issuer.origin}/keys` },
      SESSION_SECRETS: 's'.repeat(32),
    });
    const claims = { sub: 'operator', name: 'operator', iat: NOW / 1000, exp: NOW / 1000 + 3600 };
    const headers = { authorization: `Bearer ${await signToken(key, claims)}` };
    const program = createBrowserJar(gateway.origin);
    const answer = await program.ask(INVALIDATE, headers);
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect((await program.send('/admin/stats', { headers })).status).toBe(401);
    expect((await invalidateByApi(program, headers)).status).toBe(401);
    expect(acted(gateway)).toEqual([]);
  });
});
