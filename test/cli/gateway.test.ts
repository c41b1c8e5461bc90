import { describe, expect, it } from 'vitest';
import { createBrowserJar } from '../support/browser-jar.ts';
import { runCli, startCli } from '../support/cli-process.ts';
import { freePort, noRedis } from '../support/redis.ts';
import {
  ADMIN_TOKEN,
  PATIENCE,
  putCatalog,
  type SharedGateways,
  SLOW,
  sellerIds,
  shareGateways,
  titlesOf,
} from '../support/shared-gateways.ts';
import { startWebServer } from '../support/web-server.ts';

/** Runs a command on a gateway, as an operator with this token. */
function ask({ origin }: { origin: string }, args: readonly string[], token = ADMIN_TOKEN) {
  return runCli(['--gateway', origin, ...args], { ADMIN_TOKEN: token });
}

describe('the command line without a usable gateway', SLOW, () => {
  it('sends no request without a token', async () => {
    const { code, stderr } = await runCli(['--gateway', 'http://127.0.0.1:4000', 'stats']);
    expect([code, stderr]).toEqual([
      1,
      'ADMIN_TOKEN is required with --gateway. Set it to the token of the gateway.\n',
    ]);
  });

  it('reports a gateway that does not respond', async () => {
    const origin = `http://127.0.0.1:${await freePort()}`;
    const { code, stdout, stderr } = await ask({ origin }, ['stats']);
    expect([code, stdout, stderr]).toEqual([1, '', `Cannot reach a gateway at ${origin}.\n`]);
  });

  it('reports a server that is not a gateway', async () => {
    const page = await startWebServer((_, response) => response.end('<!doctype html>'));
    for (const command of [['stats'], ['warm'], ['keys'], ['invalidate', 'sellers']]) {
      const { code, stderr } = await ask(page, command);
      expect([command, code, stderr]).toEqual([
        command,
        1,
        'The server at this URL is not a catalog-gateway.\n',
      ]);
    }
  });

  it('reports a gateway that stops during a warm-up', async () => {
    const origin = await startWebServer((_, response) => {
      response.write('{"sellers":1,"total":10,"loaded":1,"failed":0}\n', () => response.destroy());
    });
    const { code, stdout, stderr } = await ask(origin, ['warm']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(
      'The connection to the gateway was lost during the warm-up. Run the command again to continue.\n',
    );
  });
});

describe.skipIf(noRedis)('on a running gateway', SLOW, () => {
  it('a wrong token is refused, is not printed, and changes nothing', async () => {
    const gateway = await (await shareGateways()).start();
    const { code, stdout, stderr } = await ask(gateway, ['invalidate', 'sellers'], 'a-token-of-somebody');
    expect([code, stdout, stderr]).toEqual([
      1,
      '',
      'The gateway does not accept this token. Set ADMIN_TOKEN to the token of the gateway.\n',
    ]);
    await expect.poll(() => gateway.log.map(({ event }) => event), PATIENCE).toContain('admin-refused');
    expect(gateway.log.map(({ event }) => event)).not.toContain('invalidated');
    expect(gateway.output()).not.toContain('a-token-of-somebody');
  });

  it('a gateway without an admin token says so', async () => {
    const gateway = await (await shareGateways()).start({ ADMIN_TOKEN: '' });
    const { code, stderr } = await ask(gateway, ['stats']);
    expect([code, stderr]).toEqual([
      1,
      'The gateway has no admin API. Set ADMIN_TOKEN in its configuration.\n',
    ]);
  });

  it('an invalidation causes the next response to be loaded again', async () => {
    const scene = await shareGateways();
    const gateway = await scene.start();
    const [id = ''] = await sellerIds(gateway, 1);
    putCatalog(scene, id, 'Old');
    expect((await titlesOf(gateway, id)).titles).toEqual(['Old']);
    putCatalog(scene, id, 'New');
    const { code, json } = await ask(gateway, ['invalidate', `catalogs:seller:${id}`]);
    expect(code).toBe(0);
    expect(json).toMatchObject({ acknowledgedBy: 'redis' });
    expect((await titlesOf(gateway, id)).titles).toEqual(['New']);
  });

  it('statistics and entries are shown, and an invalid argument does nothing', async () => {
    const gateway = await (await shareGateways()).start();
    await sellerIds(gateway, 1);
    expect((await ask(gateway, ['stats'])).json).toMatchObject({
      requests: { miss: 1 },
      upstream: { byRoute: { 'GET /Seller': 1 } },
      redis: 'up',
    });
    expect((await ask(gateway, ['inspect', 'sellers_all'])).json).toMatchObject({
      memory: { state: 'fresh' },
    });
    expect((await ask(gateway, ['invalidate', 'sellers', 'no-such-tag'])).code).toBe(2);
    expect((await ask(gateway, ['inspect', 'sellers_all'])).json).toMatchObject({
      memory: { state: 'fresh', tags: [{ tag: 'sellers', current: true }] },
    });
  });

  it('keys are listed completely, one page per request', async () => {
    const { plain, start, namespaces } = await shareGateways();
    const keys = Array.from({ length: 3000 }, (_, id) => `${namespaces.keyPrefix}{catalogs_seller_${id}}`);
    await plain.mset(Object.fromEntries(keys.map((key) => [key, 'x'])));
    const gateway = await start();
    const { code, json } = await ask(gateway, ['keys', '{catalogs_*']);
    expect(code).toBe(0);
    expect(new Set((json as { key: string }[]).map(({ key }) => key))).toEqual(new Set(keys));
    expect((json as { kind: string }[]).every(({ kind }) => kind === 'catalogs')).toBe(true);
    const commands = await plain.info('commandstats');
    expect(commands).not.toContain('cmdstat_keys');
    expect(Number(/cmdstat_scan:calls=(\d+)/.exec(commands)?.[1])).toBeGreaterThanOrEqual(30);
  });

  it('sessions are listed and revoked, and a gateway without them says so', async () => {
    const { start } = await shareGateways();
    const gateway = await start({ AUTH: 'optional', SESSION_SECRETS: 'a-secret-of-at-least-32-characters' });
    const anna = createBrowserJar(gateway.origin);
    expect((await anna.signIn('anna', 'anna-sandbox')).status).toBe(201);
    const listed = await ask(gateway, ['sessions', 'list']);
    const [{ session = '', ...facts } = {}] = listed.json as { session?: string; userId?: string }[];
    expect([listed.code, facts]).toMatchObject([0, { userId: 'anna', network: '127.0.0.0/24' }]);
    const revoked = await ask(gateway, ['sessions', 'revoke', '--session', session]);
    expect([revoked.code, revoked.json]).toEqual([0, { outcome: 'done', sessions: 1 }]);
    expect((await anna.send('/session')).status).toBe(401);
    expect((await ask(gateway, ['sessions', 'list', '--user', 'anna'])).json).toEqual([]);
    const without = await ask(await start(), ['sessions', 'list']);
    expect([without.code, without.stderr]).toEqual([
      1,
      'The gateway has no sessions, or no admin API. Set AUTH and ADMIN_TOKEN in its configuration.\n',
    ]);
  });

  it('keys cannot be listed if the gateway has no Redis', async () => {
    const { start, sandbox } = await shareGateways();
    const gateway = await start({ REDIS_URL: '' });
    const { code, stderr } = await ask(gateway, ['keys']);
    expect([code, stderr]).toEqual([1, 'Keys can be listed only with Redis, and no Redis is configured.\n']);
    expect(sandbox.requests()['GET /Seller']).toBe(0);
  });

  it('a warm-up reports its progress while it runs', async () => {
    const scene = await shareGateways({ sellers: 200 });
    const gateway = await scene.start({ WARM_RATE: '4' });
    const cli = startCli(['--gateway', gateway.origin, 'warm'], { ADMIN_TOKEN });
    await cli.wrote('warming: 25 of 200 sellers');
    expect(catalogCalls(scene)).toBeLessThan(8);
    const { code, stdout, stderr } = await cli.ended();
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ sellers: 200, loaded: 200, failed: 0, complete: true });
    expect(stderr.match(/^warming: \d+ of 200 sellers$/gm)).toHaveLength(8);
    expect(catalogCalls(scene)).toBe(8);
  });

  it('a warm-up continues after the client that started it has disconnected', async () => {
    const scene = await shareGateways({ sellers: 200 });
    const gateway = await scene.start({ WARM_RATE: '4' });
    const cli = startCli(['--gateway', gateway.origin, 'warm'], { ADMIN_TOKEN });
    await cli.wrote('warming: 25 of 200 sellers');
    cli.signal('SIGKILL');
    await cli.ended();
    await expect.poll(() => catalogCalls(scene), PATIENCE).toBe(8);
    await expect.poll(() => gateway.log.map(({ event }) => event), PATIENCE).toContain('warm-up-ended');
  });
});

function catalogCalls({ sandbox }: Pick<SharedGateways, 'sandbox'>): number {
  return sandbox.requests()['GET /Catalog'];
}
