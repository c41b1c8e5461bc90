import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { exchange, send } from '../../support/http-client.ts';
import { startHttpLayer } from '../../support/http-layer.ts';
import { ADMIN_TOKEN, startObservatory } from '../../support/observatory-page.ts';

const OPERATOR = { authorization: `Bearer ${ADMIN_TOKEN}` };

describe('the observatory', () => {
  it('requires the admin token for all its files', async () => {
    const gateway = await startObservatory();
    for (const path of ['/observatory', '/observatory/main.js', '/observatory/uplot.css']) {
      const { status, headers } = await send(gateway, path);
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toMatch(/^Basic /);
      expect((await send(gateway, path, { headers: OPERATOR })).status).toBe(200);
    }
  });

  it('returns 404 unless it is enabled', async () => {
    const gateway = await startHttpLayer({});
    expect((await send(gateway, '/observatory', { headers: OPERATOR })).status).toBe(404);
  });

  it.each([true, false])('links to the account if there is one: %s', async (signIn) => {
    const { bytes } = await exchange(await startObservatory({ signIn }), '/observatory', {
      headers: OPERATOR,
    });
    const html = bytes.toString();
    expect(html.includes('<a href="/sign-in?next=/observatory">Account</a>')).toBe(signIn);
    expect(html.match(/<li>|<li /g)?.length).toBe(html.match(/<\/li>/g)?.length);
  });

  it('may run only its own scripts, contact no other host, and not be framed', async () => {
    const { headers } = await exchange(await startObservatory(), '/observatory', { headers: OPERATOR });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });

  it('serves every file that it references, with its media type', async () => {
    const gateway = await startObservatory();
    const get = async (path: string) => exchange(gateway, path, { headers: OPERATOR });
    const named = (text: string) =>
      Array.from(
        text.matchAll(/(?:href|src)="(\/observatory[^"]*)"|from '\.(\/[^']+)'/g),
        ([, path, script]) => (script ? `/observatory${script}` : String(path)),
      );
    const seen = new Map<string, string | undefined>();
    const toSee = ['/observatory'];
    for (let path = toSee.pop(); path !== undefined; path = toSee.pop()) {
      if (seen.has(path)) continue;
      const { status, headers, bytes } = await get(path);
      expect([path, status]).toEqual([path, 200]);
      seen.set(path, headers['content-type']);
      if (!path.includes('uplot')) toSee.push(...named(bytes.toString()));
    }
    expect(seen.get('/observatory/chart.js')).toBe('text/javascript; charset=utf-8');
    expect(seen.get('/observatory/theme.css')).toBe('text/css; charset=utf-8');
    expect(seen.get('/observatory/icon.svg')).toBe('image/svg+xml');
    expect(seen.has('/observatory/uplot.js')).toBe(true);
  });

  it('is compressed, and answered with 304 if the browser has it', async () => {
    const gateway = await startObservatory();
    const path = '/observatory/uplot.js';
    const plain = await exchange(gateway, path, { headers: OPERATOR });
    const zipped = await exchange(gateway, path, { headers: { ...OPERATOR, 'accept-encoding': 'gzip' } });
    expect(gunzipSync(zipped.bytes).equals(plain.bytes)).toBe(true);
    expect(zipped.headers).toMatchObject({
      'content-encoding': 'gzip',
      'cache-control': 'private, no-cache',
      vary: 'Accept-Encoding',
    });
    const again = await exchange(gateway, path, {
      headers: { ...OPERATOR, 'if-none-match': String(zipped.headers.etag) },
    });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
  });

  it.each([
    '/observatory//',
    '/observatory/../graphql.ts',
    '/observatory/page/main.js',
    '/observatory/constructor',
  ])('returns 404 for %s', async (path) => {
    const { status } = await exchange(await startObservatory(), path, { headers: OPERATOR });
    expect(status).toBe(404);
  });

  it('accepts GET only', async () => {
    const { status } = await send(await startObservatory(), '/observatory', {
      method: 'POST',
      headers: OPERATOR,
    });
    expect(status).toBe(405);
  });
});
