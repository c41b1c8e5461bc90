import { describe, expect, it } from 'vitest';
import { resultOf, runCli, startCli } from '../support/cli-process.ts';
import { freePort, noRedis } from '../support/redis.ts';
import { isEntryKey, readKeys, untilStored } from '../support/redis-content.ts';
import {
  PATIENCE,
  putCatalog,
  SLOW,
  sellerIds,
  shareGateways,
  titlesOf,
} from '../support/shared-gateways.ts';

/** A key of another source. */
const OTHER = 'cat_v1.00000000:{sellers_all}';

describe('without a Redis', SLOW, () => {
  it('a command fails, and names the variable to set', async () => {
    const { code, stdout, stderr } = await runCli(['stats']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      'No Redis is configured. Set REDIS_URL, or use --gateway with the URL of a running gateway.\n',
    );
  });

  it('a command fails if the configured Redis does not respond', async () => {
    const url = `redis://somebody:a-password@127.0.0.1:${await freePort()}`;
    const { code, stderr } = await runCli(['invalidate', 'sellers'], { REDIS_URL: url });
    expect([code, stderr]).toEqual([
      1,
      'Redis is not ready after 5 s. Check REDIS_URL or the other REDIS_ variables.\n',
    ]);
  });
});

describe.skipIf(noRedis)('straight on Redis', SLOW, () => {
  it('an invalidation causes the next response of a gateway to be loaded again', async () => {
    const scene = await shareGateways();
    const gateway = await scene.start();
    const [id = ''] = await sellerIds(gateway, 1);
    putCatalog(scene, id, 'Old');
    expect((await titlesOf(gateway, id)).titles).toEqual(['Old']);
    putCatalog(scene, id, 'New');
    expect((await titlesOf(gateway, id)).titles).toEqual(['Old']);
    const { code, json } = await runCli(['invalidate', `catalogs:seller:${id}`], scene.variables);
    expect(code).toBe(0);
    expect(json).toMatchObject({
      tags: [{ tag: `catalogs:seller:${id}`, known: true }],
      acknowledgedBy: 'redis',
    });
    await expect.poll(() => titlesOf(gateway, id), PATIENCE).toMatchObject({ titles: ['New'] });
  });

  it('an entry is described, and keys are counted by kind', async () => {
    const scene = await shareGateways();
    const gateway = await scene.start();
    await sellerIds(gateway, 1);
    await untilStored(scene.redis, 1);
    const inspected = await runCli(['inspect', 'sellers_all'], scene.variables);
    expect(inspected.json).toMatchObject({
      key: `${scene.namespaces.keyPrefix}{sellers_all}`,
      memory: null,
      redis: { state: 'fresh', tags: [{ tag: 'sellers', current: true }] },
      redisAnswered: true,
    });
    const stats = await runCli(['stats'], scene.variables);
    expect(stats.json).toMatchObject({ redis: { nodes: 1 }, keys: { sellers: 1, 'generation of a tag': 1 } });
  });

  it('keys are listed completely by SCAN, without foreign keys', async () => {
    const { plain, variables, namespaces } = await shareGateways();
    const { keyPrefix, sourcePrefix } = namespaces;
    const mine = Array.from({ length: 2999 }, (_, id) => `${keyPrefix}{catalogs_seller_${id}}`);
    mine.push(`${sourcePrefix}generation:{sellers}`);
    await plain.mset(
      Object.fromEntries(
        [...mine, 'somebody:else', 'cat_v1:{sellers_all}', OTHER, 'cat_v2.00000000:{sellers_all}'].map(
          (key) => [key, 'x'],
        ),
      ),
    );
    await plain.config('RESETSTAT');
    const { code, json } = await runCli(['keys'], variables);
    expect(code).toBe(0);
    expect(new Set((json as { key: string }[]).map(({ key }) => key))).toEqual(new Set(mine));
    expect(json).toHaveLength(3000);
    const commands = await plain.info('commandstats');
    expect(commands).not.toContain('cmdstat_keys');
    expect(Number(/cmdstat_scan:calls=(\d+)/.exec(commands)?.[1])).toBeGreaterThanOrEqual(6);
    expect((await runCli(['keys', '*seller_299?}'], variables)).json).toHaveLength(9);
    expect((await runCli(['keys', '--all', '*sellers*'], variables)).json).toEqual(
      expect.arrayContaining([
        { key: OTHER, kind: 'sellers' },
        { key: `${sourcePrefix}generation:{sellers}`, kind: 'generation of a tag' },
      ]),
    );
    expect((await runCli(['keys', '{no_such*'], variables)).json).toEqual([]);
  });

  it('a reader may close the output after the beginning of a list', async () => {
    const { plain, variables, namespaces } = await shareGateways();
    await plain.set(`${namespaces.keyPrefix}{sellers_all}`, 'x');
    const cli = startCli(['keys'], variables);
    cli.leave();
    const { code, stderr } = await resultOf(cli);
    expect([code, stderr]).toEqual([1, '']);
  });

  it('a refused command is reported with the message of Redis', async () => {
    const { plain, redis, variables } = await shareGateways();
    await plain.call('ACL', 'SETUSER', 'narrow', 'on', '>a-password', '~cat_*', '&*', '+@all', '-scan');
    const { code, stderr } = await runCli(['keys'], {
      ...variables,
      REDIS_URL: redis.url.replace('//', '//narrow:a-password@'),
    });
    expect(code).toBe(1);
    expect(stderr).toContain("no permissions to run the 'scan' command");
    expect(stderr).not.toContain('a-password');
  });
});

describe.skipIf(noRedis)('a warm-up straight on Redis', SLOW, () => {
  it('that was killed continues when restarted, and loads only the remaining lists', async () => {
    const { sandbox, variables, redis } = await shareGateways({ sellers: 500 });
    const first = startCli(['warm'], { ...variables, WARM_RATE: '2' });
    await expect.poll(() => sandbox.requests()['GET /Catalog'], PATIENCE).toBeGreaterThan(3);
    await untilStored(redis, 1 + 50);
    first.signal('SIGKILL');
    expect((await first.ended()).stdout).toBe('');

    const kept = Object.keys(await readKeys(redis)).filter(isEntryKey).length - 1;
    expect(kept).toBeLessThan(500);
    sandbox.resetRequests();
    const { code, json, stderr } = await runCli(['warm'], { ...variables, WARM_RATE: '1000' });
    expect(code).toBe(0);
    expect(json).toMatchObject({ sellers: 500, total: 500, loaded: 500 - kept, failed: 0, complete: true });
    expect(stderr).toContain('warming: 500 of 500 sellers\n');
    expect(sandbox.requests()['GET /Seller']).toBe(0);
    // Some loads were under way, and their leases had to expire.
    expect(sandbox.requests()['GET /Catalog']).toBeLessThanOrEqual(Math.ceil((500 - kept) / 25) + 4);
  });

  it('that cannot load everything fails, and says how to continue', async () => {
    const { sandbox, variables } = await shareGateways();
    sandbox.configure({ errorRate: 1, errorStatus: 400 });
    const { code, json, stderr } = await runCli(['warm'], variables);
    expect(code).toBe(1);
    expect(json).toMatchObject({ complete: false, loaded: 0 });
    expect(stderr).toContain('Run the command again');
  });
});

describe.skipIf(noRedis)('the upstream by itself', SLOW, () => {
  it('reports the cost of a page without any cache', async () => {
    const { sandbox, upstream, plain } = await shareGateways({ maxCatalogs: 6 });
    const { code, json, stderr } = await runCli(['bench-upstream', '--rounds', '2'], { ...upstream });
    expect(code).toBe(0);
    const costs = json as { page: string; callsARound: number; failedCalls: number }[];
    expect(costs.map(({ page }) => page)).toEqual([
      'all sellers',
      'one seller',
      'catalogs of 25 sellers',
      'catalogs of one seller',
    ]);
    expect(costs).toMatchObject(costs.map(() => ({ rounds: 2, callsARound: 1, failedCalls: 0 })));
    // One more call, to get the ids of the sellers.
    expect(sandbox.requests()).toMatchObject({ 'GET /Seller': 3, 'GET /Seller/{id}': 2, 'GET /Catalog': 4 });
    expect(stderr).toContain('loading from the upstream: 8 of 8 pages\n');
    expect(await plain.dbsize()).toBe(0);
  });

  it('that does not respond is reported', async () => {
    const { sandbox, upstream } = await shareGateways();
    await sandbox.close();
    const { code, stdout, stderr } = await runCli(['bench-upstream'], { ...upstream });
    expect([code, stdout, stderr]).toEqual([1, '', 'The catalog service is not available.\n']);
  });
});
