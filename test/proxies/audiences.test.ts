import { describe, expect, it } from 'vitest';
import { createBrowserJar } from '../support/browser-jar.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { exchange } from '../support/http-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';
import { noVarnish, startVarnish } from '../support/varnish.ts';
import { isFromProxy, reached } from './scene.ts';

const mockUpstream = interceptUpstream();

const pathOf = (query: string) => `/graphql?${new URLSearchParams({ query })}`;
const SELLERS = pathOf('{ sellers { totalItems } }');
const OWN = pathOf('{ viewer { name } sellers { totalItems } }');

interface Client {
  readonly name: string | null;
  readonly headers: Record<string, string>;
}

/** Two users, somebody who has signed out, and three who have never signed in. */
async function start(AUTH: string, storesPrivate: boolean) {
  mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
  const gateway = await startGateway({ AUTH });
  const varnish = await startVarnish(Number(new URL(gateway.origin).port), { storesPrivate });
  const signIn = async (name: string) => {
    const browser = createBrowserJar(gateway.origin);
    await browser.signIn(name);
    // Behind a proxy, the names have the prefix.
    const cookie = [...browser.cookies]
      .map(([cookieName, value]) => `__Host-${cookieName}=${value}`)
      .join('; ');
    return { browser, client: { name, headers: { cookie } } };
  };
  const [anna, ben, gone] = [await signIn('anna'), await signIn('ben'), await signIn('operator')];
  await gone.browser.signOut();
  const clients: readonly Client[] = [
    ...[anna.client, ben.client],
    { ...gone.client, name: null },
    { name: null, headers: {} },
    { name: null, headers: { cookie: '_ga=1' } },
    { name: null, headers: { authorization: 'Bearer of-another-kind' } },
  ];
  const ask = (path: string, { headers }: Client, more: Record<string, string> = {}) =>
    exchange(varnish, path, { headers: { ...headers, ...more } });
  return { gateway, clients, ask };
}

const sellersOf = () => '{"data":{"sellers":{"totalItems":1}}}';
const ownOf = ({ name }: Client) =>
  JSON.stringify({ data: { viewer: name === null ? null : { name }, sellers: { totalItems: 1 } } });

describe.skipIf(noVarnish)('Varnish, with cookies and credentials in requests', () => {
  it.each([
    ['that stores no private response', false],
    ['that stores private responses too, by Vary alone', true],
  ])('%s, sends no response of one user to another', async (_, storesPrivate) => {
    const { clients, ask } = await start('optional', storesPrivate);
    const tags = new Set<string>();
    for (let round = 0; round < 3; round += 1)
      for (const client of round === 1 ? clients.toReversed() : clients)
        for (const [path, expected] of [
          [OWN, ownOf(client)],
          [SELLERS, sellersOf()],
        ] as const) {
          const answer = await ask(path, client);
          expect([answer.status, `${answer.bytes}`]).toEqual([200, expected]);
          expect(answer.headers.vary).toContain('Authorization, Cookie');
          tags.add(answer.headers.etag ?? '');
          // Entity tags of others reveal nothing either.
          for (const tag of tags) {
            const { status, bytes } = await ask(path, client, { 'if-none-match': tag });
            expect([status, `${bytes}`]).toEqual(tag === answer.headers.etag ? [304, ''] : [200, expected]);
          }
        }
  });

  it('never stores a private response, and shares public ones', async () => {
    const { clients, ask } = await start('optional', false);
    for (const client of [...clients, ...clients]) {
      const isPublic = client.name === null && !/sid=|Bearer/.test(JSON.stringify(client.headers));
      const answers = [await ask(SELLERS, client), await ask(SELLERS, client)];
      for (const { headers } of answers)
        expect(headers['cache-control']).toMatch(isPublic ? /^public, / : /^private, /);
      expect(isFromProxy(answers[1] as (typeof answers)[number])).toBe(isPublic);
    }
  });

  it('stores nothing where everybody must sign in', async () => {
    const { gateway, clients, ask } = await start('required', false);
    const before = reached(gateway).length;
    for (const client of [...clients, ...clients]) {
      const answer = await ask(OWN, client);
      expect(answer.status).toBe(client.name === null ? 401 : 200);
      expect(isFromProxy(answer)).toBe(false);
      expect(answer.headers['cache-control']).toMatch(client.name === null ? /^no-store$/ : /^private, /);
      if (client.name !== null) expect(`${answer.bytes}`).toBe(ownOf(client));
    }
    expect(reached(gateway).length - before).toBe(2 * clients.length);
  });
});
