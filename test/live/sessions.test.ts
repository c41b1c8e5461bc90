import { describe, expect, it, onTestFinished } from 'vitest';
import { createBrowserJar } from '../support/browser-jar.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { openStream } from '../support/event-stream.ts';
import { startGateway } from '../support/gateway.ts';
import { noRedis, startRedis } from '../support/redis.ts';
import { openSocket } from '../support/socket-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();
const VIEWER = 'subscription { viewer { name } }';
const SELLERS = 'subscription { sellers { totalItems } }';
const ANNA = { data: { viewer: { name: 'anna' } } };
const UNAUTHENTICATED = [{ extensions: { code: 'UNAUTHENTICATED' } }];

async function start(variables: Record<string, string> = {}) {
  mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
  const gateway = await startGateway({ AUTH: 'optional', ...variables });
  return { gateway, signIn: () => signInAt(gateway) };
}

async function signInAt({ origin }: { readonly origin: string }, name = 'anna') {
  const jar = createBrowserJar(origin);
  expect((await jar.signIn(name)).status).toBe(201);
  const cookie = [...jar.cookies].map((pair) => pair.join('=')).join('; ');
  return { jar, headers: { cookie } };
}

describe('a live response of somebody who signed in', () => {
  it('shows who asks, over both transports, and nobody to others', async () => {
    const { gateway, signIn } = await start();
    const { headers } = await signIn();
    const { headers: ben } = await signInAt(gateway, 'ben');
    const own = await openStream(gateway, VIEWER, {}, headers);
    const nobody = await openStream(gateway, VIEWER);
    const socket = openSocket(gateway, { headers }).subscribe(VIEWER);
    const other = openSocket(gateway, { headers: ben }).subscribe(VIEWER);
    await expect.poll(() => own.results).toEqual([ANNA]);
    await expect.poll(() => nobody.results).toEqual([{ data: { viewer: null } }]);
    await expect.poll(() => socket.results).toEqual([ANNA]);
    await expect.poll(() => other.results).toEqual([{ data: { viewer: { name: 'ben' } } }]);
  });

  it.each([VIEWER, SELLERS])('ends with the session: %s', async (query) => {
    const { gateway, signIn } = await start();
    const { jar, headers } = await signIn();
    const { headers: ben } = await signInAt(gateway, 'ben');
    const own = await openStream(gateway, query, {}, headers);
    const others = [await openStream(gateway, query, {}, ben), await openStream(gateway, query)];
    const socket = openSocket(gateway, { headers }).subscribe(query);
    await expect.poll(() => [own.results.length, socket.results.length]).toEqual([1, 1]);
    await jar.signOut();
    await expect.poll(() => own.ended()).toBe('complete');
    expect(own.results.at(-1)).toMatchObject({ errors: UNAUTHENTICATED });
    await expect.poll(() => socket.ended()).toBe(4403);
    expect(others.map((stream) => stream.ended())).toEqual([null, null]);
  });

  it('ends with its own session, and not with another of the same person and moment', async () => {
    const { gateway, signIn } = await start();
    const [first, second, third] = [await signIn(), await signIn(), await signIn()];
    const open = ({ headers }: typeof first) => openStream(gateway, SELLERS, {}, headers);
    const streams = [await open(first), await open(second), await open(third)];
    await expect.poll(() => streams.map(({ results }) => results.length)).toEqual([1, 1, 1]);
    await second.jar.signOut();
    await expect.poll(() => streams[1]?.ended()).toBe('complete');
    await third.jar.signOut();
    await expect.poll(() => streams[2]?.ended()).toBe('complete');
    expect(streams[0]?.ended()).toBe(null);
  });

  it('ends at the expiry of the session', async () => {
    const { gateway, signIn } = await start({ SESSION_IDLE: '3600', SESSION_MAX: '3600' });
    const { headers } = await signIn();
    const stream = await openStream(gateway, SELLERS, {}, headers);
    await expect.poll(() => stream.results.length).toBe(1);
    gateway.clock.ms += 3_600_000;
    await expect.poll(() => stream.ended()).toBe('complete');
  });
});

describe('where everybody must sign in', () => {
  it('nobody has a live response', async () => {
    const { gateway, signIn } = await start({ AUTH: 'required' });
    const refused = await openStream(gateway, SELLERS);
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="catalog-gateway"',
    ]);
    await expect.poll(() => JSON.parse(refused.text() || '{}')).toMatchObject({ errors: UNAUTHENTICATED });
    const socket = openSocket(gateway).subscribe(SELLERS);
    await expect.poll(() => socket.ended()).toBe(4403);
    const { headers } = await signIn();
    const stream = openSocket(gateway, { headers }).subscribe(SELLERS);
    await expect.poll(() => stream.results.length).toBe(1);
  });

  it('a token that is no token is refused', async () => {
    const { gateway } = await start({ AUTH: 'required' });
    const socket = openSocket(gateway, { connectionParams: { authorization: 'Bearer a.b.c' } }).subscribe(
      SELLERS,
    );
    await expect.poll(() => socket.ended()).toBe(4403);
  });
});

describe('a page of another site', () => {
  it('gets no WebSocket, and one of an allowed origin does', async () => {
    const { gateway } = await start({ CORS_ORIGINS: 'https://front.example' });
    const from = (origin: string) => openSocket(gateway, { headers: { origin } }).subscribe(SELLERS);
    const [other, allowed, own] = ['https://other.example', 'https://front.example', gateway.origin].map(
      from,
    );
    await expect.poll(() => other?.ended()).not.toBe(null);
    await expect.poll(() => [allowed?.results.length, own?.results.length]).toEqual([1, 1]);
    expect(other?.results).toEqual([]);
  });
});

describe.skipIf(noRedis)('a session of two processes', () => {
  it('ends its streams at both, by message or within the trust time', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const variables = { REDIS_URL: redis.url, SESSION_SECRETS: 'a-secret-of-more-than-32-characters' };
    const { gateway, signIn } = await start(variables);
    const other = await startGateway({ AUTH: 'optional', ...variables });
    const [told, silent] = [await signIn(), await signInAt(gateway, 'ben')];
    const first = await openStream(other, SELLERS, {}, told.headers);
    const second = await openStream(other, SELLERS, {}, silent.headers);
    await expect.poll(() => [first.results.length, second.results.length]).toEqual([1, 1]);
    await told.jar.signOut();
    await expect.poll(() => first.ended()).toBe('complete');
    expect(second.ended()).toBe(null);
    const operator = redis.connect();
    onTestFinished(() => operator.disconnect());
    await operator.call('ACL', 'SETUSER', 'default', 'resetchannels');
    await silent.jar.signOut();
    other.clock.ms += 1000;
    await expect.poll(() => second.ended()).toBe('complete');
  });
});
