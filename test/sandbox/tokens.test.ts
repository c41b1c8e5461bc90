import { describe, expect, it } from 'vitest';
import { SANDBOX_USERS } from '../../src/sandbox/server.ts';
import { requestToken, runSandbox } from './running-sandbox.ts';

describe('POST /connect/token', () => {
  it('grants a bearer token and a refresh token for the right password', async () => {
    const { sandbox } = await runSandbox({ tokenTtlSeconds: 120 });
    const response = await requestToken(sandbox);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      expires_in: 120,
      token_type: 'Bearer',
    });
  });

  it.each(Object.entries(SANDBOX_USERS))(
    'accepts the user %s with the own password only',
    async (username, password) => {
      const { sandbox } = await runSandbox();
      expect((await requestToken(sandbox, { username, password })).status).toBe(200);
      for (const wrong of ['', 'sandbox', password.toUpperCase()])
        expect((await requestToken(sandbox, { username, password: wrong })).status).toBe(400);
    },
  );

  it('grants no refresh token without the offline_access scope', async () => {
    const { sandbox } = await runSandbox();
    expect(await (await requestToken(sandbox, { scope: '' })).json()).not.toHaveProperty('refresh_token');
  });

  it('accepts a refresh token once, and gives its successor', async () => {
    const { sandbox } = await runSandbox();
    const first = await (await requestToken(sandbox)).json();
    const refresh = {
      grant_type: 'refresh_token',
      refresh_token: first.refresh_token,
      username: '',
      password: '',
    };
    const second = await (await requestToken(sandbox, refresh)).json();
    expect(second.access_token).not.toBe(first.access_token);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    const again = await requestToken(sandbox, refresh);
    expect(again.status).toBe(400);
    expect(await again.json()).toEqual({ error: 'invalid_grant' });
  });

  it.each([
    [{ username: 'somebody' }],
    [{ username: 'constructor' }],
    [{ username: 'anna' }],
    [{ password: 'wrong' }],
    [{ client_id: 'wrong' }],
    [{ client_secret: 'wrong' }],
    [{ grant_type: 'refresh_token', refresh_token: 'made-up' }],
  ])('rejects %o with invalid_grant', async (fields) => {
    const { sandbox } = await runSandbox();
    const response = await requestToken(sandbox, fields as Record<string, string>);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: 'invalid_grant' });
  });

  it('rejects an unknown grant type', async () => {
    const { sandbox } = await runSandbox();
    const response = await requestToken(sandbox, { grant_type: 'client_credentials' });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: 'unsupported_grant_type' });
  });

  it('rejects a body that is not a form or is too long', async () => {
    const { sandbox } = await runSandbox();
    const credentials = { grant_type: 'password', username: 'sandbox', password: 'sandbox' };
    const body = JSON.stringify({ ...credentials, client_id: 'sandbox', client_secret: 'sandbox' });
    const headers = { 'content-type': 'application/json' };
    const asJson = await fetch(sandbox.identityUrl, { method: 'POST', body, headers });
    expect(asJson.status).toBe(400);
    expect(await asJson.json()).toEqual({ error: 'invalid_grant' });
    const tooLong = await requestToken(sandbox, { padding: 'x'.repeat(100_000) });
    expect(tooLong.status).toBe(400);
  });
});

describe('the Catalog API', () => {
  it.each([
    ['no token', undefined],
    ['a made-up token', 'Bearer made-up'],
    ['another scheme', 'Basic c2FuZGJveDpzYW5kYm94'],
    ['no more than the scheme', 'Bearer'],
  ])('answers 401 as a problem to %s', async (_, authorization) => {
    const { sandbox } = await runSandbox();
    for (const path of ['/Seller', '/Seller/3', '/Catalog', '/Catalog/1']) {
      const response = await fetch(`${sandbox.catalogUrl}${path}`, {
        headers: authorization === undefined ? {} : { authorization },
      });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(await response.json()).toMatchObject({ status: 401 });
    }
  });

  it('accepts a token until it expires', async () => {
    const { clock, get } = await runSandbox({ tokenTtlSeconds: 60 });
    clock.time += 59_999;
    expect((await get('/Seller')).status).toBe(200);
    clock.time += 1;
    expect((await get('/Seller')).status).toBe(401);
  });

  it('accepts no token of another sandbox that has granted more', async () => {
    const first = await runSandbox();
    const second = await runSandbox();
    const { access_token } = await (await requestToken(first.sandbox)).json();
    const headers = { authorization: `Bearer ${access_token}` };
    expect((await fetch(`${second.sandbox.catalogUrl}/Seller`, { headers })).status).toBe(401);
  });
});
