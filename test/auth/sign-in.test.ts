import { describe, expect, it } from 'vitest';
import { createBrowserJar } from '../support/browser-jar.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const SELLERS = '{ sellers { totalItems } }';
const VIEWER = '{ viewer { id name signedInAt expiresAt } }';

async function start(variables: Record<string, string> = {}) {
  const upstream = mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
  const gateway = await startGateway({ AUTH: 'required', ...variables });
  return { upstream, gateway, browser: createBrowserJar(gateway.origin) };
}

describe('a sign-in', () => {
  it('responds with the principal and cookies, by which later requests are known', async () => {
    const { browser } = await start();
    const response = await browser.signIn('Anna', 'password-of-anna');
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({
      ...{ id: 'anna', name: 'Anna', kind: 'user' },
      ...{ signedInAt: '2026-06-15T12:00:00.000Z', expiresAt: '2026-06-22T12:00:00.000Z' },
    });
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^sid=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await browser.data(VIEWER)).toEqual({
      data: {
        viewer: {
          ...{ id: 'anna', name: 'Anna' },
          ...{ signedInAt: '2026-06-15T12:00:00.000Z', expiresAt: '2026-06-22T12:00:00.000Z' },
        },
      },
    });
    expect((await browser.send('/session')).status).toBe(200);
  });

  it('with a wrong password gets 401 in one form, for a known user and an unknown one', async () => {
    const { browser } = await start();
    const answers = [
      await browser.signIn('anna', 'wrong'),
      await browser.signIn('nobody-of-that-name', 'wrong'),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(await answer.json()).toEqual({
        errors: [{ message: 'Wrong user name or password.', extensions: { code: 'UNAUTHENTICATED' } }],
      });
    }
    expect(browser.cookies.size).toBe(0);
  });

  it('gives a new id each time, and ends the session that the browser had', async () => {
    const { browser } = await start();
    browser.cookies.set('sid', 'A'.repeat(43));
    await browser.signIn();
    const first = browser.at();
    expect(first.cookies.get('sid')).not.toBe('A'.repeat(43));
    await browser.signIn();
    expect(browser.cookies.get('sid')).not.toBe(first.cookies.get('sid'));
    expect((await first.send('/session')).status).toBe(401);
    expect((await browser.send('/session')).status).toBe(200);
  });
});

describe('under AUTH=required', () => {
  it('nobody gets 401 for GraphQL, and is told how to sign in', async () => {
    const { browser, upstream } = await start();
    const response = await browser.ask(SELLERS);
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      errors: [{ message: 'Sign in to use this API.', extensions: { code: 'UNAUTHENTICATED' } }],
    });
    expect(upstream.calls()).toBe(0);
  });

  it('a user who signed in gets the response, and nobody else does after the sign-out', async () => {
    const { browser } = await start();
    await browser.signIn();
    const thief = browser.at();
    expect(await browser.data(SELLERS)).toEqual({ data: { sellers: { totalItems: 1 } } });
    expect((await browser.signOut()).status).toBe(204);
    expect(browser.cookies.size).toBe(0);
    expect((await browser.ask(SELLERS)).status).toBe(401);
    expect((await thief.ask(SELLERS)).status).toBe(401);
  });
});
