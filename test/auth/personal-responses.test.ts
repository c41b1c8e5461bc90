import { expect, it } from 'vitest';
import { createBrowserJar } from '../support/browser-jar.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const OWN = '{ viewer { name } sellers { totalItems } }';
const STORED_ONLY = { 'cache-control': 'only-if-cached' };

/** The clock stands still: who signs in again has the same name and the same instants, and would read the same response. */
async function start() {
  const upstream = mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
  const { origin } = await startGateway({ AUTH: 'required' });
  const signIn = async () => {
    const browser = createBrowserJar(origin);
    await browser.signIn();
    return browser;
  };
  return { upstream, signIn };
}

it('the stored responses of a session are gone when it is signed out', async () => {
  const { signIn } = await start();
  const browser = await signIn();
  await browser.ask(OWN);
  expect((await browser.ask(OWN, STORED_ONLY)).status).toBe(200);
  await browser.signOut();
  expect((await (await signIn()).ask(OWN, STORED_ONLY)).status).toBe(504);
});

it('a response that is executed while its session is signed out is not stored', async () => {
  const { upstream, signIn } = await start();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  upstream.fail('GET /Seller', async () => void (await released));
  const browser = await signIn();
  const copy = browser.at();
  const answer = copy.ask(OWN);
  await upstream.arrival('GET /Seller', 1);
  await browser.signOut();
  release();
  expect((await answer).status).toBe(200);
  expect((await (await signIn()).ask(OWN, STORED_ONLY)).status).toBe(504);
});

it('a browser asks again before it shows them, and drops what it has stored at the sign-out', async () => {
  const { signIn } = await start();
  const browser = await signIn();
  const send = (query: string, headers = {}) =>
    browser.send(`/graphql?${new URLSearchParams({ query })}`, {
      headers: { accept: 'application/json', ...headers },
    });
  for (const _ of ['executed', 'stored'])
    expect((await send(OWN)).headers.get('cache-control')).toBe('private, no-cache');
  const etag = (await send(OWN)).headers.get('etag') ?? '';
  const unchanged = await send(OWN, { 'if-none-match': etag });
  expect([unchanged.status, unchanged.headers.get('cache-control')]).toEqual([304, 'private, no-cache']);
  const shared = await send('{ sellers { totalItems } }');
  expect(shared.headers.get('cache-control')).toMatch(/^private, max-age=/);
  const copy = browser.at();
  expect((await browser.signOut()).headers.get('clear-site-data')).toBe('"cache"');
  const form = await copy.send('/sign-in', {
    method: 'POST',
    headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
    body: 'action=sign-out',
  });
  expect([form.status, form.headers.get('clear-site-data')]).toEqual([200, '"cache"']);
});
