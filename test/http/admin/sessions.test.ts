import { describe, expect, it, onTestFinished } from 'vitest';
import { createBrowserJar } from '../../support/browser-jar.ts';
import { startGateway } from '../../support/gateway.ts';
import { send } from '../../support/http-client.ts';
import { noRedis, startRedis } from '../../support/redis.ts';
import { interceptUpstream } from '../../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const ADMIN_TOKEN = 'a-token-for-operators';
const OPERATOR = { authorization: `Bearer ${ADMIN_TOKEN}` };
const SECRETS = { SESSION_SECRETS: 'a-secret-of-at-least-32-characters' };
const REVOCATIONS = '/admin/sessions/revocations';

async function start(variables: Record<string, string> = {}) {
  mockUpstream();
  const gateway = await startGateway({ AUTH: 'required', ADMIN_TOKEN, ...variables });
  return {
    gateway,
    list: async (query = '') => {
      const answer = await send(gateway, `/admin/sessions${query}`, { headers: OPERATOR });
      return { ...answer, json: JSON.parse(answer.text) };
    },
    revoke: async (body: unknown, headers: Record<string, string> = OPERATOR) => {
      const answer = await send(gateway, REVOCATIONS, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      return { ...answer, json: JSON.parse(answer.text) };
    },
    async signIn(user: string, userAgent = 'a browser') {
      const browser = createBrowserJar(gateway.origin);
      const credentials = { username: user, password: `password-of-${user.toLowerCase()}` };
      await browser.send('/session', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': userAgent },
        body: JSON.stringify(credentials),
      });
      return browser;
    },
  };
}

describe('the list of sessions', () => {
  it('has those of the users who signed in last, without what signs anybody in', async () => {
    const { gateway, list, signIn } = await start();
    const ben = await signIn('ben');
    gateway.clock.ms += 1000;
    const anna = await signIn('Anna', 'Firefox');
    const { status, headers, json, text } = await list();
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(json).toEqual({
      sessions: [
        {
          session: expect.stringMatching(/^[\w-]{43}$/),
          ...{ userId: 'anna', userName: 'Anna' },
          ...{ signedInAt: '2026-06-15T12:00:01.000Z', expiresAt: '2026-06-22T12:00:01.000Z' },
          ...{ userAgent: 'Firefox', network: '127.0.0.0/24' },
        },
        expect.objectContaining({ userId: 'ben' }),
      ],
    });
    for (const { cookies } of [anna, ben]) expect(text).not.toContain(cookies.get('sid'));
    anna.cookies.set('sid', json.sessions[0].session);
    expect((await anna.send('/session')).status).toBe(401);
  });

  it('has those of one user, however the name is typed', async () => {
    const { list, signIn } = await start();
    await signIn('ben');
    await signIn('anna');
    const { json } = await list('?user=ANNA');
    expect(json.sessions.map(({ userId }: { userId: string }) => userId)).toEqual(['anna']);
    expect((await list('?user=nobody')).json).toEqual({ sessions: [] });
    expect((await list('?user=')).status).toBe(400);
  });

  it('does not exist without sessions, and is for operators alone', async () => {
    const { list, signIn } = await start();
    const anna = await signIn('anna');
    for (const path of ['/admin/sessions', REVOCATIONS]) expect((await anna.send(path)).status).toBe(401);
    const without = await start({ AUTH: 'off' });
    expect((await without.list()).status).toBe(404);
    expect((await without.revoke({ user: 'anna' })).status).toBe(404);
    expect((await list()).status).toBe(200);
  });
});

describe('a revocation', () => {
  it('of a user ends all sessions of that user, and no other', async () => {
    const { gateway, list, revoke, signIn } = await start();
    const [one, two, ben] = [await signIn('anna'), await signIn('anna'), await signIn('ben')];
    const { status, json } = await revoke({ user: 'Anna' });
    expect([status, json]).toEqual([200, { outcome: 'done', sessions: 2 }]);
    for (const browser of [one, two]) expect((await browser.send('/session')).status).toBe(401);
    expect((await ben.send('/session')).status).toBe(200);
    expect((await list()).json.sessions).toHaveLength(1);
    expect((await revoke({ user: 'anna' })).json).toEqual({ outcome: 'done', sessions: 0 });
    expect(gateway.events).toContainEqual({ type: 'signed-out', everywhere: true, outcome: 'done' });
  });

  it('of a session by its hash ends that session alone', async () => {
    const { list, revoke, signIn } = await start();
    const [one, two] = [await signIn('anna', 'one'), await signIn('anna', 'two')];
    const { sessions } = (await list()).json;
    const { session } = sessions.find(({ userAgent }: { userAgent: string }) => userAgent === 'one');
    expect((await revoke({ session })).json).toEqual({ outcome: 'done', sessions: 1 });
    expect([(await one.send('/session')).status, (await two.send('/session')).status]).toEqual([401, 200]);
    expect((await revoke({ session })).json).toEqual({ outcome: 'done', sessions: 0 });
  });

  it('by a user who is an operator is reported with the name', async () => {
    const { gateway, revoke, signIn } = await start({ ADMIN_USERS: 'operator' });
    const operator = await signIn('operator');
    const response = await operator.send(REVOCATIONS, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"user":"anna"}',
    });
    expect(response.status).toBe(200);
    await revoke({ user: 'anna' });
    const acted = gateway.events.filter(({ type }) => type === 'operator-acted');
    expect(acted).toMatchObject([
      { operator: 'operator', effect: REVOCATIONS },
      { operator: 'owner of ADMIN_TOKEN', effect: REVOCATIONS },
    ]);
  });

  it.each([
    {},
    [],
    { user: '' },
    { user: 7 },
    { session: 'short' },
    { user: 'anna', session: 'A'.repeat(43) },
    { user: 'anna', all: true },
  ])('refuses %j', async (body) => {
    const { gateway, revoke } = await start();
    const { status, json } = await revoke(body);
    expect(status).toBe(400);
    expect(json.errors[0].message).toBe(
      'Send {"user": "…"} or {"session": "…"}, with the hash of a session.',
    );
    expect(gateway.events.map(({ type }) => type)).not.toContain('signed-out');
  });
});

describe.skipIf(noRedis)('while the Redis of the sessions is away', () => {
  it('nothing is listed, and a revocation is kept', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const { list, revoke, signIn } = await start({
      ...SECRETS,
      ...{ SESSION_REDIS_URL: redis.url, REDIS_BUDGET_MS: '200' },
    });
    const anna = await signIn('anna');
    await redis.stop();
    const listed = await list();
    expect([listed.status, listed.headers.get('retry-after')]).toEqual([503, '1']);
    expect(listed.json.errors[0].extensions.code).toBe('SESSION_UNAVAILABLE');
    const { status, json } = await revoke({ user: 'anna' });
    expect([status, json]).toEqual([200, { outcome: 'kept', sessions: null }]);
    expect((await anna.send('/session')).status).toBe(401);
  });
});
