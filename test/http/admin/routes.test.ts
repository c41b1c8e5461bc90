import { describe, expect, it } from 'vitest';
import { KeysNotListed } from '../../../src/cache/redis/keys.ts';
import { InvalidationNotAcknowledged, UpstreamUnavailable } from '../../../src/domain/errors.ts';
import { createAdminGuard } from '../../../src/http/admin/guard.ts';
import { type AdminOptions, createAdminRoutes } from '../../../src/http/admin/routes.ts';
import { createKeyClasses } from '../../../src/repository/key-classes.ts';
import { createOperations } from '../../../src/repository/operations.ts';
import { startCacheProcess, words } from '../../support/cache-process.ts';
import { send } from '../../support/http-client.ts';
import { startHttpLayer } from '../../support/http-layer.ts';

const TOKEN = 'a-token-for-operators';
const OPERATOR = { authorization: `Bearer ${TOKEN}` };

const { catalogs } = createKeyClasses(
  { sellers: 1, catalogs: 60_000, filter: 1, unknown: 1, stale: 1 },
  null,
);

async function start(options: Partial<AdminOptions> = {}) {
  const { cache } = await startCacheProcess();
  await cache.getMany(words, [1], async (ids) => new Map(ids.map((id) => [id, 'one'])));
  await cache.getMany(catalogs, [1], async () => new Map([[1, []]]));
  const guard = createAdminGuard({
    identify: null,
    adminToken: TOKEN,
    sleep: async () => {},
    report: () => {},
  });
  return startHttpLayer(
    {},
    {
      routes: createAdminRoutes({
        guard,
        operations: createOperations(cache),
        observe: () => ({ at: 7 }),
        history: () => [{ at: 5 }, { at: 6 }],
        hottest: (count) => [{ key: `one of ${count}`, reads: 3, memory: null }],
        findKeys: null,
        warm: async () => ({ complete: true }),
        sessions: null,
        ...options,
      }),
    },
  );
}

type Gateway = Awaited<ReturnType<typeof start>>;

const get = (gateway: Gateway, path: string) => send(gateway, path, { headers: OPERATOR });

const post = (gateway: Gateway, path: string, body: unknown, headers: Record<string, string> = {}) =>
  send(gateway, path, {
    method: 'POST',
    headers: { ...OPERATOR, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('the admin API', () => {
  const paths = [
    '/admin/stats',
    '/admin/history',
    '/admin/entries/word_1',
    '/admin/keys',
    '/admin/invalidations',
    '/admin/warm',
  ];

  it.each(paths)('requires the admin token: %s', async (path) => {
    const gateway = await start();
    for (const headers of [{}, { authorization: 'Bearer another' }]) {
      const answer = await send(gateway, path, { headers });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
      expect(answer.body.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    }
  });

  it.each(paths)('returns 404 without a configured token: %s', async (path) => {
    const { status } = await send(await startHttpLayer({}), path, { headers: OPERATOR });
    expect(status).toBe(404);
  });

  it.each([
    ['/admin/stats', 'POST', 'GET, HEAD'],
    ['/admin/entries/word_1', 'DELETE', 'GET, HEAD'],
    ['/admin/invalidations', 'GET', 'POST'],
    ['/admin/warm', 'GET', 'POST'],
  ])('refuses %s by %s with 405, and names the method in Allow', async (path, method, allow) => {
    const answer = await send(await start(), path, { method, headers: OPERATOR });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
  });

  it('reports one route for all keys, and none for an unknown path', async () => {
    const gateway = await start();
    await get(gateway, '/admin/entries/word_1');
    await get(gateway, '/admin/entries/word_2?all');
    await get(gateway, '/admin/unknown');
    await expect
      .poll(() => gateway.events.flatMap((event) => (event.type === 'request' ? [event.route] : [])))
      .toEqual(['/admin/entries/*', '/admin/entries/*', null]);
  });

  it('returns the samples of the last minutes, which no cache may store', async () => {
    const { status, headers, text } = await get(await start(), '/admin/history');
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(JSON.parse(text)).toEqual({
      samples: [{ at: '1970-01-01T00:00:00.005Z' }, { at: '1970-01-01T00:00:00.006Z' }],
    });
  });

  it('returns the statistics with the hottest keys, which no cache may store', async () => {
    const answer = await get(await start(), '/admin/stats');
    expect(JSON.parse(answer.text)).toEqual({
      at: '1970-01-01T00:00:00.007Z',
      hottest: [{ key: 'one of 20', reads: 3, memory: null }],
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('shows an entry by its key, which is percent-encoded', async () => {
    const gateway = await start();
    const byName = JSON.parse((await get(gateway, '/admin/entries/word_1')).text);
    expect(byName).toMatchObject({ memory: { state: 'fresh', tags: [{ tag: 'word:1' }, { tag: 'words' }] } });
    const byKey = await get(gateway, `/admin/entries/${encodeURIComponent(byName.key)}`);
    expect(JSON.parse(byKey.text)).toEqual(byName);
    expect((await get(gateway, '/admin/entries/%ff')).status).toBe(400);
  });

  it('lists keys by pages', async () => {
    const asked: unknown[] = [];
    const gateway = await start({
      findKeys: async (question) => {
        asked.push(question);
        return { keys: ['a'], cursor: '17' };
      },
    });
    expect(JSON.parse((await get(gateway, '/admin/keys')).text)).toEqual({ keys: ['a'], cursor: '17' });
    await get(gateway, '/admin/keys?pattern=seller_*&cursor=17&count=5');
    expect(asked).toEqual([
      { pattern: '*', cursor: null, count: 100 },
      { pattern: 'seller_*', cursor: '17', count: 5 },
    ]);
    for (const count of ['0', '1001', '1.5', 'x']) {
      expect((await get(gateway, `/admin/keys?count=${count}`)).status).toBe(400);
    }
  });

  it('returns NO_REDIS for a list of keys without Redis', async () => {
    const { status, body } = await get(await start(), '/admin/keys');
    expect(status).toBe(501);
    expect(body.errors).toMatchObject([{ extensions: { code: 'NO_REDIS' } }]);
  });

  it('asks for a retry if Redis does not list its keys, and names no node', async () => {
    const findKeys = async () => {
      throw new KeysNotListed('lost the connection to 10.0.0.7', null);
    };
    const answer = await get(await start({ findKeys }), '/admin/keys');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(answer.text).not.toContain('10.0.0.7');
  });

  it('invalidates, and reports which tags had entries', async () => {
    const gateway = await start();
    const { status, text } = await post(gateway, '/admin/invalidations', {
      tags: ['catalogs:seller:1', 'catalogs:seller:2'],
    });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      tags: [
        { tag: 'catalogs:seller:1', known: true },
        { tag: 'catalogs:seller:2', known: false },
      ],
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      acknowledgedBy: 'memory',
    });
    const { memory } = JSON.parse((await get(gateway, '/admin/entries/catalogs_seller_1')).text);
    expect(memory.tags).toEqual([
      { tag: 'catalogs:seller:1', current: false },
      { tag: 'catalogs', current: true },
    ]);
  });

  it.each([
    '',
    '{',
    '[]',
    '{"tags":[]}',
    '{"tags":"a"}',
    '{"tags":[1]}',
    '{"tags":["a b"]}',
    '{"tags":["a"],"x":1}',
  ])('refuses to invalidate %s', async (body) => {
    const answer = await post(await start(), '/admin/invalidations', body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('asks for a retry if an invalidation was not acknowledged', async () => {
    const invalidate = async () => {
      throw new InvalidationNotAcknowledged('Redis did not take it.');
    };
    const gateway = await start({ operations: { invalidate, inspect: async () => ({}) as never } });
    const answer = await post(gateway, '/admin/invalidations', { tags: ['a'] });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(answer.body.errors).toMatchObject([{ extensions: { code: 'INVALIDATION_NOT_ACKNOWLEDGED' } }]);
  });

  it.each([
    ['a form', { 'content-type': 'text/plain' }, 415],
    ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a neighbouring site', { 'sec-fetch-site': 'same-site' }, 403],
    ['the page itself', { 'sec-fetch-site': 'same-origin' }, 200],
  ])('checks the media type and the site of a change from %s', async (_, headers, status) => {
    const gateway = await start();
    expect((await post(gateway, '/admin/invalidations', { tags: ['sellers'] }, headers)).status).toBe(status);
    expect((await post(gateway, '/admin/warm', {}, headers)).status).toBe(status);
  });

  it('reports the progress of the warm-up, one line per step', async () => {
    const gateway = await start({
      warm: async (onProgress) => {
        onProgress({ sellers: 1, total: 2 });
        return { sellers: 2, total: 2, complete: true };
      },
    });
    const { headers, text } = await post(gateway, '/admin/warm', {});
    expect(headers.get('content-type')).toBe('application/x-ndjson');
    expect(text).toBe('{"sellers":1,"total":2}\n{"sellers":2,"total":2,"complete":true}\n');
  });

  it('ends the response if the warm-up fails, and begins no second one', async () => {
    const cause = new UpstreamUnavailable('The upstream is away.');
    const gateway = await start({
      warm: async (onProgress) => {
        onProgress({ sellers: 1 });
        throw cause;
      },
    });
    await expect(post(gateway, '/admin/warm', {})).rejects.toThrow();
    expect(gateway.events).toContainEqual({ type: 'internal-error', cause });
  });
});
