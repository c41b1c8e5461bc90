import type { RequestListener, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/cache/index.ts';
import { createKeyFetcher } from '../../src/upstream/jwks.ts';
import { startWebServer } from '../support/web-server.ts';

const EC = { kty: 'EC', crv: 'P-256', kid: 'ec', x: 'x', y: 'y' };
const RSA = { kty: 'RSA', kid: 'rsa', n: 'n', e: 'AQAB', use: 'sig' };

async function fetchFrom(listener: RequestListener) {
  const { origin } = await startWebServer(listener);
  return createKeyFetcher({ url: `${origin}/keys`, clock: systemClock })();
}

const send = (body: unknown) => (_: unknown, response: ServerResponse) =>
  response.end(typeof body === 'string' ? body : JSON.stringify(body));

afterEach(() => void vi.useRealTimers());

describe('a key set', () => {
  it('is fetched from its URL', async () => {
    const requests: unknown[] = [];
    const keys = await fetchFrom(({ method, url, headers: { accept } }, response) => {
      requests.push({ method, url, accept });
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync(JSON.stringify({ keys: [EC, RSA] })));
    });
    expect(keys).toEqual([EC, RSA]);
    expect(requests).toEqual([
      { method: 'GET', url: '/keys', accept: 'application/jwk-set+json, application/json' },
    ]);
  });

  it('is reduced to public keys for signatures', async () => {
    const keys = [
      { kty: 'oct', k: 'c2VjcmV0', kid: 'symmetric' },
      { ...RSA, d: 'private' },
      { ...RSA, use: 'enc' },
      { kty: 'unknown' },
      null,
      'text',
      [EC],
      EC,
    ];
    expect(await fetchFrom(send({ keys, more: 1 }))).toEqual([EC]);
  });
});

describe('the fetch of a key set fails', () => {
  it.each<[string, RequestListener, string]>([
    ['for an error', (_, response) => response.writeHead(503).end(), 'status 503'],
    [
      'for a redirect, which is not followed',
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      'status 302',
    ],
    ['for another success than 200', (_, response) => response.writeHead(204).end(), 'status 204'],
    ['for more than 256 KB', send(`{"keys":[${' '.repeat(256 * 1024)}]}`), 'the body exceeds 262144 bytes'],
    ['for no JSON', send('<html>'), 'the response has the wrong shape'],
    [
      'for deep JSON',
      send(`{"keys":${'['.repeat(100)}${']'.repeat(100)}}`),
      'the response is nested more than 64 levels deep',
    ],
    ['for null', send('null'), 'the response is no key set'],
    ['for another object', send({ keys: { 0: EC } }), 'the response is no key set'],
    ['for an empty set', send({ keys: [] }), 'the key set has no usable key'],
    [
      'for symmetric keys alone',
      send({ keys: [{ kty: 'oct', k: 'AAAA' }] }),
      'the key set has no usable key',
    ],
    ['for a closed connection', (_, response) => response.destroy(), 'connection failed: ECONNRESET'],
  ])('%s', async (_, listener, reason) => {
    await expect(fetchFrom(listener)).rejects.toMatchObject({ name: 'KeySetUnavailable', message: reason });
  });

  it.each<[string, RequestListener]>([
    ['a server that does not answer', () => {}],
    [
      'a body that does not end',
      (_, response) => {
        response.write('{"keys":');
      },
    ],
  ])('for %s within 5 s', async (_, listener) => {
    const asked = Promise.withResolvers<void>();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const fetched = fetchFrom((request, response) => {
      listener(request, response);
      asked.resolve();
    });
    const failure = expect(fetched).rejects.toMatchObject({
      name: 'KeySetUnavailable',
      message: expect.stringMatching(/^no response .*5000 ms$/),
    });
    await asked.promise;
    await vi.advanceTimersByTimeAsync(5000);
    await failure;
  });
});
