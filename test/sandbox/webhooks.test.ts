import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { readPayload } from '../../src/http/webhook/payload.ts';
import { claimOf, isSigned } from '../../src/http/webhook/signature.ts';
import type { ChangeSignal } from '../../src/repository/index.ts';
import type { SandboxEvent } from '../../src/sandbox/events.ts';
import { startProcess } from '../support/process.ts';
import { startWebServer } from '../support/web-server.ts';
import type { SellerPage } from './contract.ts';
import { NOON, runSandbox } from './running-sandbox.ts';

const SECRET = 'a-secret-of-the-sandbox';

/** A receiver that checks each delivery as a gateway does, and answers with these statuses in turn, then with 202. */
async function startReceiver(statuses: readonly number[] = []) {
  const deliveries: ChangeSignal[][] = [];
  const { origin } = await startWebServer(async (request, response) => {
    const body = await buffer(request);
    const claim = claimOf(request.headers, NOON);
    if (typeof claim === 'string' || !isSigned(claim, body, [SECRET])) return response.writeHead(401).end();
    const { signals, refused } = readPayload(body);
    if (refused.length > 0) return response.writeHead(400).end();
    deliveries.push([...signals]);
    return response.writeHead(statuses[deliveries.length - 1] ?? 202).end();
  });
  return { url: `${origin}/hooks/catalog`, deliveries };
}

async function start(urls: readonly string[], secret = SECRET) {
  const pauses: number[] = [];
  const events: SandboxEvent[] = [];
  const running = await runSandbox(
    {},
    {
      ...{ urls, secret, report: (event) => events.push(event) },
      sleep: async (ms) => void pauses.push(ms),
    },
  );
  const { items } = await running.json<SellerPage>('/Seller?PageSize=100');
  const [first, second] = items.filter(({ catalogs }) => catalogs.length > 2).map(({ id }) => id);
  if (first === undefined || second === undefined) throw new Error('the default data have no such sellers');
  return { ...running, pauses, events, first, second };
}

describe('the webhooks of the sandbox', () => {
  it('report each change to all URLs, with the sellers of a catalog before and after it', async () => {
    const [one, other] = [await startReceiver(), await startReceiver()];
    const { control, first, second } = await start([one.url, other.url]);
    const occurredAt = new Date(NOON);
    const expected: ChangeSignal[] = [];
    const change = async (method: string, path: string, body: object | undefined, signal: object) => {
      expect((await control(method, path, body)).status).toBe(204);
      expected.push({ occurredAt, ...signal } as ChangeSignal);
      await expect.poll(() => one.deliveries.flat()).toEqual(expected);
      await expect.poll(() => other.deliveries.flat()).toEqual(expected);
    };
    const catalog = { entity: 'catalog', id: 2_000_000_000 };
    const path = `/catalogs/${catalog.id}`;
    await change('PUT', `/sellers/${first}`, { name: 'X' }, { entity: 'seller', id: first, sellerIds: [] });
    await change('PUT', path, { sellerIds: [first] }, { ...catalog, sellerIds: [first] });
    await change('PUT', path, { sellerIds: [second] }, { ...catalog, sellerIds: [first, second] });
    await change('DELETE', path, undefined, { ...catalog, sellerIds: [second] });
  });

  it('report nothing for a refused change', async () => {
    const { url, deliveries } = await startReceiver();
    const { control, first } = await start([url]);
    expect((await control('PUT', `/sellers/${first}`, { name: 5 })).status).toBe(400);
    expect((await control('DELETE', '/catalogs/2147483647')).status).toBe(404);
    await control('PUT', `/sellers/${first}`, { name: 'X' });
    await expect.poll(() => deliveries.length).toBe(1);
    expect(deliveries[0]).toHaveLength(1);
  });

  it('try again after failures of the receiver, each time after a longer pause', async () => {
    const { url, deliveries } = await startReceiver([503, 500, 429]);
    const { control, first, pauses, events } = await start([url]);
    await control('PUT', `/sellers/${first}`, { name: 'X' });
    await expect.poll(() => deliveries.length).toBe(4);
    expect(new Set(deliveries.map((signals) => JSON.stringify(signals))).size).toBe(1);
    expect(pauses).toEqual([250, 500, 1000]);
    expect(events).toEqual([]);
  });

  it('give up after six attempts, say why, and send the next change', async () => {
    const { url, deliveries } = await startReceiver(Array(6).fill(503));
    const { control, first, second, events } = await start([url]);
    await control('PUT', `/sellers/${first}`, { name: 'X' });
    await expect
      .poll(() => events)
      .toEqual([{ type: 'sandbox-webhook-failed', url, signals: 1, attempts: 6, reason: 'status 503' }]);
    await control('PUT', `/sellers/${second}`, { name: 'X' });
    await expect.poll(() => deliveries.at(-1)).toMatchObject([{ id: second }]);
  });

  it('try again if nothing listens', async () => {
    const { control, first, events } = await start(['http://127.0.0.1:1/']);
    await control('PUT', `/sellers/${first}`, { name: 'X' });
    await expect.poll(() => events).toMatchObject([{ attempts: 6 }]);
    expect(JSON.stringify(events)).not.toContain(SECRET);
  });

  it('do not repeat a refused delivery', async () => {
    const { url } = await startReceiver();
    const { control, first, events, pauses } = await start([url], 'another-secret-altogether');
    await control('PUT', `/sellers/${first}`, { name: 'X' });
    await expect.poll(() => events).toMatchObject([{ attempts: 1, reason: 'status 401' }]);
    expect(pauses).toEqual([]);
  });

  it('report the changes during a delivery together, in their order', async () => {
    const received: number[][] = [];
    const release = Promise.withResolvers<void>();
    const { origin } = await startWebServer(async (request, response) => {
      received.push(JSON.parse(String(await buffer(request))).map(({ id }: { id: number }) => id));
      await release.promise;
      response.writeHead(202).end();
    });
    const { control, first, second } = await start([origin]);
    await control('PUT', `/sellers/${first}`, { name: 'X' });
    await expect.poll(() => received).toEqual([[first]]);
    for (const id of [second, first]) await control('PUT', `/sellers/${id}`, { name: 'Y' });
    release.resolve();
    await expect.poll(() => received).toEqual([[first], [second, first]]);
  });

  it('end with the sandbox', async () => {
    const { origin } = await startWebServer(() => {});
    const { sandbox, first, events } = await start([origin]);
    sandbox.changeSeller(first, { name: 'X' });
    await sandbox.close();
    expect(events).toEqual([]);
  });
});

describe('npm run sandbox', () => {
  it('sends webhooks, and logs why one was not accepted', async () => {
    const { url } = await startReceiver();
    const secret = 'a-secret-that-the-receiver-does-not-know';
    const running = startProcess('src/cli/sandbox.ts', {
      ...{ SANDBOX_PORT: '0', SANDBOX_WEBHOOK_URLS: url, SANDBOX_WEBHOOK_SECRET: secret },
    });
    const control = /http\S+/.exec(await running.wrote('control '));
    const body = JSON.stringify({ title: 'New', sellerIds: [3] });
    expect((await fetch(`${control}/catalogs/2000000000`, { method: 'PUT', body })).status).toBe(204);
    const line = await running.logged('webhook of the sandbox not accepted; its receiver misses the changes');
    expect(line).toMatchObject({ event: 'sandbox-webhook-failed', url, signals: 1, reason: 'status 401' });
    running.signal('SIGTERM');
    const { code, stdout, stderr } = await running.ended();
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain(secret);
  });
});
