import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { signatureOf } from '../http/webhook/webhook-gateway.ts';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts';
import { post, send } from '../support/http-client.ts';
import { freePort, noRedis, startRedis } from '../support/redis.ts';
import { readKeys, untilStored } from '../support/redis-content.ts';
import {
  PATIENCE,
  putCatalog,
  SLOW,
  sellerIds,
  shareGateways,
  titlesOf,
} from '../support/shared-gateways.ts';

const COUNT = '{ sellers { totalItems } }';
const SECRETS = { ABCONNECT_PASSWORD: 'a-password', ABCONNECT_CLIENT_SECRET: 'a-client-secret' };
const ACCOUNT = { ABCONNECT_USERNAME: 'a-user', ABCONNECT_CLIENT_ID: 'a-client', ...SECRETS };
const HOOK_SECRET = 'a-secret-of-the-webhook';

/** Starts gateways one after the other with one Redis. */
async function openRedis() {
  const redis = await startRedis();
  onTestFinished(() => redis.kill());
  return {
    redis,
    async start(variables: Record<string, string> = {}, directory?: string): Promise<GatewayProcess> {
      const all = { REDIS_URL: redis.url, REDIS_BUDGET_MS: '5000', SANDBOX_LATENCY_MS: '0', ...variables };
      const gateway = await startGatewayProcess(all, directory);
      onTestFinished(() => gateway.kill());
      return gateway;
    },
  };
}

async function ask(gateway: GatewayProcess, query: string) {
  const { body, headers } = await post(gateway, { query });
  return { data: body.data, errors: body.errors, cacheStatus: headers.get('cache-status') ?? '' };
}

async function unreachable(): Promise<Record<string, string>> {
  const origin = `http://127.0.0.1:${await freePort()}`;
  return {
    ABCONNECT_ENVIRONMENT: 'production',
    ABCONNECT_CATALOG_URL: `${origin}/api`,
    ABCONNECT_IDENTITY_URL: `${origin}/token`,
    ...ACCOUNT,
  };
}

describe.skipIf(noRedis)('a Redis with data of another source', SLOW, () => {
  it('gives production no sandbox data', async () => {
    const { redis, start } = await openRedis();
    const sandbox = await start();
    expect((await ask(sandbox, COUNT)).data).toEqual({ sellers: { totalItems: 412 } });
    await untilStored(redis, 1);
    expect(await sandbox.terminate()).toBe(0);

    const production = await start(await unreachable());
    const { data, errors, cacheStatus } = await ask(production, COUNT);
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    expect(cacheStatus).not.toContain('hit');
    // Nor is what failed for one source held against the other.
    const again = await ask(await start(), COUNT);
    expect(again.data).toEqual({ sellers: { totalItems: 412 } });
    expect(again.cacheStatus).toContain('hit');

    const content = JSON.stringify(Object.keys(await readKeys(redis)));
    for (const text of Object.values(ACCOUNT)) expect(content).not.toContain(text);
  });

  it.each([
    ['SANDBOX_SELLERS', '3', 3],
    ['SANDBOX_SEED', '2', 412],
  ])('gives a sandbox with another %s no data', async (variable, value, totalItems) => {
    const { redis, start } = await openRedis();
    const names = '{ sellers(pageSize: 200) { totalItems items { name } } }';
    const before = await ask(await start(), names);
    await untilStored(redis, 1);
    const after = await ask(await start({ [variable]: value }), names);
    expect(after.cacheStatus).not.toContain('hit');
    expect(after.data).toMatchObject({ sellers: { totalItems } });
    expect(after.data).not.toEqual(before.data);
  });

  it('gives another account no data, and the same account with another password all data', async () => {
    const { start, sandbox, redis } = await shareGateways();
    await ask(await start(), COUNT);
    await untilStored(redis, 1);
    const loads = () => sandbox.requests()['GET /Seller'];
    expect(loads()).toBe(1);
    // The sandbox refuses the password: nothing could be loaded.
    const rotated = await ask(await start({ ABCONNECT_PASSWORD: 'another' }), COUNT);
    expect([rotated.data, loads()]).toEqual([{ sellers: { totalItems: 30 } }, 1]);
    const other = await ask(await start({ ABCONNECT_USERNAME: 'another' }), COUNT);
    expect(other.data).toBeNull();
    expect(other.errors).toMatchObject([{ extensions: { code: 'UPSTREAM_REJECTED' } }]);
  });
});

/** A release with the same columns in another order: all of this program beside itself, with one file changed. */
async function anotherRelease(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'release-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await cp('src', join(directory, 'src'), { recursive: true });
  await cp('package.json', join(directory, 'package.json'));
  await symlink(join(process.cwd(), 'node_modules'), join(directory, 'node_modules'));
  const codecs = join(directory, 'src/repository/codecs.ts');
  const text = await readFile(codecs, 'utf8');
  const swapped = text.replace(
    /( +title: textOrNull,\n)( +customerCatalogId: textOrNull,\n)/,
    (_, title, customerCatalogId) => customerCatalogId + title,
  );
  expect(swapped).not.toBe(text);
  await writeFile(codecs, swapped);
  return directory;
}

describe.skipIf(noRedis)('two releases with a different column order', SLOW, () => {
  it('keep their entries, and read none of each other', async () => {
    const { redis, start } = await openRedis();
    const both = [await start(), await start({}, await anotherRelease())];
    const query = '{ sellers(pageSize: 9) { items { catalogs { items { id title customerCatalogId } } } } }';
    const answers = async () => Promise.all(both.map((gateway) => ask(gateway, query)));
    const [first, second] = await answers();
    expect(JSON.stringify(first?.data)).toContain('"title":"');
    expect(second?.data).toEqual(first?.data);
    await untilStored(redis, 20);
    for (const { data, cacheStatus } of await answers()) {
      expect(data).toEqual(first?.data);
      expect(cacheStatus).toContain('hit');
    }
    const keys = Object.keys(await readKeys(redis));
    expect(keys.filter((key) => key.endsWith(':{sellers_all}'))).toHaveLength(2);
    expect(keys.filter((key) => key.endsWith('generation:{sellers}'))).toHaveLength(1);
  });
});

describe.skipIf(noRedis)('gateways of one source in different time zones', SLOW, () => {
  it('read dates in their own zone each', async () => {
    const scene = await shareGateways();
    const utc = await scene.start({ UPSTREAM_TIME_ZONE: 'UTC' });
    const [id = ''] = await sellerIds(utc, 1);
    scene.sandbox.changeCatalog(1_000_000_001, {
      title: 'Sale',
      sellerIds: [Number(id)],
      startDate: '2030-07-01T10:00:00',
    });
    const dates = `{ catalogs(sellerId: "${id}") { items { startDate } } }`;
    const dateIn = (startDate: string) => ({ catalogs: { items: [{ startDate }] } });
    expect((await ask(utc, dates)).data).toEqual(dateIn('2030-07-01T10:00:00.000Z'));
    await untilStored(scene.redis, 2);
    const paris = await scene.start({ UPSTREAM_TIME_ZONE: 'Europe/Paris' });
    expect((await ask(paris, dates)).data).toEqual(dateIn('2030-07-01T08:00:00.000Z'));
    expect((await ask(utc, dates)).data).toEqual(dateIn('2030-07-01T10:00:00.000Z'));
  });

  it('judge future catalogs by their own day, for every operation text', async () => {
    const scene = await shareGateways();
    // Days begin at 00:00 UTC in one zone and at 12:00 in the other, so one of them began half a day earlier.
    const halfDayMs = 12 * 3_600_000;
    const earlierStart = (Math.floor(Date.now() / halfDayMs) - 1) * halfDayMs;
    const isMidnight = new Date(earlierStart).getUTCHours() === 0;
    const zones = isMidnight ? (['UTC', 'Etc/GMT+12'] as const) : (['Etc/GMT+12', 'UTC'] as const);
    const earlier = await scene.start({ BUSINESS_TIME_ZONE: zones[0] });
    const [id = ''] = await sellerIds(earlier, 1);
    const startDate = new Date(earlierStart + 1_800_000).toISOString().slice(0, 19);
    scene.sandbox.changeCatalog(1_000_000_001, { title: 'Sale', sellerIds: [Number(id)], startDate });
    const wordings = [
      `{ futureCatalogs(sellerId: "${id}") { totalItems } }`,
      `{ again: futureCatalogs(sellerId: "${id}") { totalItems } }`,
    ] as const;
    const counts = async (gateway: GatewayProcess) => {
      const answers = await Promise.all(wordings.map((query) => ask(gateway, query)));
      return answers.map(({ data }) => Object.values(data as Record<string, { totalItems: number }>)[0]);
    };
    expect(await counts(earlier)).toEqual([{ totalItems: 1 }, { totalItems: 1 }]);
    await untilStored(scene.redis, 2);
    const loads = scene.sandbox.requests()['GET /Catalog'];
    const later = await scene.start({ BUSINESS_TIME_ZONE: zones[1] });
    expect(await counts(later)).toEqual([{ totalItems: 0 }, { totalItems: 0 }]);
    // The list is the same for both: it is judged when the answer is made.
    expect(scene.sandbox.requests()['GET /Catalog']).toBe(loads);
  });
});

describe.skipIf(noRedis)('a change signal', SLOW, () => {
  it('reaches every gateway of its source, in any entry format, and no other source', async () => {
    const scene = await shareGateways();
    const hook = { HOOK_SECRETS: HOOK_SECRET };
    const utc = await scene.start(hook);
    // Another zone is another form of rows, as another release has.
    const paris = await scene.start({ ...hook, UPSTREAM_TIME_ZONE: 'Europe/Paris' });
    const [id = ''] = await sellerIds(utc, 1);
    putCatalog(scene, id, 'Old');
    for (const gateway of [utc, paris]) expect((await titlesOf(gateway, id)).titles).toEqual(['Old']);
    const stranger = await scene.start({ ABCONNECT_ENVIRONMENT: 'sandbox', ...NO_ACCOUNT });
    await ask(stranger, COUNT);

    putCatalog(scene, id, 'New');
    for (const gateway of [utc, paris]) expect((await titlesOf(gateway, id)).titles).toEqual(['Old']);
    expect(await signal(paris, id)).toBe(202);
    for (const gateway of [utc, paris])
      await expect.poll(() => titlesOf(gateway, id), PATIENCE).toMatchObject({ titles: ['New'] });
    expect((await ask(stranger, COUNT)).cacheStatus).toContain('hit');
  });
});

const NO_ACCOUNT = {
  ABCONNECT_CATALOG_URL: '',
  ABCONNECT_IDENTITY_URL: '',
  ABCONNECT_USERNAME: '',
  ABCONNECT_PASSWORD: '',
  ABCONNECT_CLIENT_ID: '',
  ABCONNECT_CLIENT_SECRET: '',
};

async function signal(gateway: GatewayProcess, sellerId: string): Promise<number> {
  const timestamp = Math.floor(Date.now() / 1000);
  const body = JSON.stringify({
    event: 'updated',
    entity: 'seller',
    id: Number(sellerId),
    occurredAt: new Date().toISOString(),
  });
  const headers = {
    'content-type': 'application/json',
    'x-timestamp': String(timestamp),
    'x-signature': signatureOf(body, timestamp, HOOK_SECRET),
  };
  return (await send(gateway, '/hooks/catalog', { method: 'POST', headers, body })).status;
}
