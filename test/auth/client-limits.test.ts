import { describe, expect, it } from 'vitest';
import { createBrowserJar } from '../support/browser-jar.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

/** A page of ten sellers: ten points if it is executed. */
const page = (number: number) => `{ sellers(page: ${number}, pageSize: 10) { totalItems } }`;

async function start(variables: Record<string, string> = {}) {
  const upstream = mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
  const gateway = await startGateway({ RATE_LIMIT_COST: '25', ...variables });
  return { upstream, gateway, browser: createBrowserJar(gateway.origin) };
}

const limitOf = ({ headers }: Response) =>
  ['retry-after', 'ratelimit', 'ratelimit-policy'].map((name) => headers.get(name));

describe('a client', () => {
  it('pays the page cost of an execution, and one point for a stored response', async () => {
    const { browser } = await start({ AUTH: 'required' });
    await browser.signIn();
    const left = async (query: string) => limitOf(await browser.ask(query))[1];
    expect(await left(page(1))).toBe('"cost";r=24;t=60');
    // Nine more were taken for the execution after the headers of the admission were made.
    expect(await left(page(1))).toBe('"cost";r=14;t=60');
    expect(await left(page(1))).toBe('"cost";r=13;t=60');
  });

  it('is refused before an execution that costs more than it has, and until the window ends', async () => {
    const { browser, gateway, upstream } = await start();
    await browser.ask(page(1));
    await browser.ask(page(2));
    const calls = upstream.calls();
    const refused = await browser.ask(page(3));
    expect(refused.status).toBe(429);
    expect(await refused.json()).toEqual({
      errors: [{ message: 'Too many requests. Try again later.', extensions: { code: 'RATE_LIMITED' } }],
    });
    expect(limitOf(refused)).toEqual(['60', '"cost";r=4;t=60', '"cost";q=25;w=60']);
    expect(refused.headers.get('cache-control')).toBe('no-store');
    expect(upstream.calls()).toBe(calls);
    for (let left = 4; left > 0; left -= 1) expect((await browser.ask(page(1))).status).toBe(200);
    const empty = await browser.ask(page(1));
    expect([empty.status, ...limitOf(empty)]).toEqual([429, '60', '"cost";r=0;t=60', '"cost";q=25;w=60']);
    gateway.clock.ms += 60_000;
    expect((await browser.ask(page(1))).status).toBe(200);
  });

  it('that shares the executions of clients without points gets its response', async () => {
    const { browser, gateway } = await start({ AUTH: 'optional' });
    const [anna, ben] = [createBrowserJar(gateway.origin), createBrowserJar(gateway.origin)];
    await anna.signIn('anna');
    await ben.signIn('ben');
    for (const number of [1, 2]) await anna.ask(page(number));
    for (const number of [4, 5]) await ben.ask(page(number));
    const answers = await Promise.all([anna, ben, anna, browser].map((each) => each.ask(page(3))));
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 429, 200]);
  });

  it('is a user, whatever the address, and an address for nobody', async () => {
    const { gateway } = await start({ AUTH: 'optional', TRUST_PROXY: 'loopback' });
    const [anna, ben] = [createBrowserJar(gateway.origin), createBrowserJar(gateway.origin)];
    await anna.signIn('anna');
    await ben.signIn('ben');
    const from = (address: string) => ({ 'x-forwarded-for': address });
    for (const number of [1, 2]) await anna.ask(page(number), from(`192.0.2.${number}`));
    expect((await anna.ask(page(3), from('192.0.2.3'))).status).toBe(429);
    expect((await ben.ask(page(3), from('192.0.2.3'))).status).toBe(200);
    const nobody = createBrowserJar(gateway.origin);
    for (const number of [4, 5]) await nobody.ask(page(number), from('192.0.2.9'));
    expect((await nobody.ask(page(6), from('192.0.2.9'))).status).toBe(429);
    expect((await nobody.ask(page(6), from('192.0.2.10'))).status).toBe(200);
  });

  it('cannot choose its address without a trusted proxy', async () => {
    const { browser } = await start();
    for (const number of [1, 2]) await browser.ask(page(number), { 'x-forwarded-for': `192.0.2.${number}` });
    expect((await browser.ask(page(3), { 'x-forwarded-for': '192.0.2.3' })).status).toBe(429);
  });

  it('has no headers of its own in a response that shared caches store', async () => {
    const { browser } = await start();
    const response = await browser.ask(page(1));
    expect(response.headers.get('cache-control')).toMatch(/^public/);
    expect(limitOf(response)).toEqual([null, null, null]);
  });
});
