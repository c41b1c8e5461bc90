import { inspect } from 'node:util';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { type GatewayEvent, logEvents } from '../../src/telemetry/logs/log-events.ts';
import { createLogger } from '../../src/telemetry/logs/logger.ts';
import { createBrowserJar } from '../support/browser-jar.ts';
import { sellerRecord, USERS } from '../support/catalog-api-mock.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { exchange, type WireAnswer } from '../support/http-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const TOKEN_ROUTE = 'POST /connect/token';
const QUERY = JSON.stringify({ query: '{ viewer { id } sellers { totalItems } }' });
const JSON_TYPE = { 'content-type': 'application/json' };
const UNAUTHENTICATED = 401;

type Headers = Record<string, string | readonly string[]>;

async function start(variables: Record<string, string> = {}) {
  const upstream = mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
  const gateway = await startGateway({ AUTH: 'required', ...variables });
  return { upstream, gateway, browser: createBrowserJar(gateway.origin) };
}

/** What is sent is compared with `browser`, so no header is added. */
function ask(gateway: TestGateway, headers: Headers): Promise<WireAnswer> {
  return exchange(gateway, '/graphql', {
    method: 'POST',
    headers: { ...JSON_TYPE, ...headers } as Record<string, string>,
    body: QUERY,
  });
}

function signIn(gateway: TestGateway, body: unknown, headers: Headers = {}): Promise<WireAnswer> {
  return exchange(gateway, '/session', {
    method: 'POST',
    headers: { ...JSON_TYPE, ...headers } as Record<string, string>,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const codeOf = ({ bytes }: WireAnswer): string => JSON.parse(bytes.toString()).errors[0].extensions.code;
const anna = { username: 'anna', password: USERS.anna };

describe('cookies', () => {
  it('of the session count as the gateway set them, and in no other place or form', async () => {
    const { gateway, browser } = await start();
    await browser.signIn();
    const sid = browser.cookies.get('sid') ?? '';
    const statusOf = async (cookie: string | readonly string[], host?: string) =>
      (await ask(gateway, { cookie, ...(host && { host }) })).status;
    expect(await statusOf(`sid=${sid}`)).toBe(200);
    expect(await statusOf(`a=b; sid=${sid}; _ga=1`)).toBe(200);
    expect(await statusOf(`__Host-sid=${sid}`)).toBe(200);
    expect(await statusOf(`__Host-sid=${sid}`, 'catalogs.example')).toBe(200);
    // A neighbouring domain can set a cookie without the prefix.
    expect(await statusOf(`sid=${sid}`, 'catalogs.example')).toBe(UNAUTHENTICATED);
    expect(await statusOf(`sid=${sid}`, '127.0.0.1.example')).toBe(UNAUTHENTICATED);
    const unknown = 'A'.repeat(43);
    // The one with the prefix counts, and of two the first.
    expect(await statusOf(`sid=${sid}; __Host-sid=${unknown}`)).toBe(UNAUTHENTICATED);
    expect(await statusOf(`sid=${unknown}; __Host-sid=${sid}`)).toBe(200);
    expect(await statusOf(`__Host-sid=${unknown}; __Host-sid=${sid}`)).toBe(UNAUTHENTICATED);
    expect(await statusOf(`__Host-sid=${sid}; __Host-sid=${unknown}`)).toBe(200);
    expect(await statusOf([`__Host-sid=${unknown}`, `__Host-sid=${sid}`])).toBe(UNAUTHENTICATED);
    for (const name of ['SID', '__host-sid', '__Secure-sid', 'sid-claim', 'xsid', '__proto__'])
      expect([name, await statusOf(`${name}=${sid}`)]).toEqual([name, UNAUTHENTICATED]);
  });

  it('with ids of another form are nobody', async () => {
    const { gateway } = await start();
    const ids = [
      '',
      'x',
      'A'.repeat(42),
      'A'.repeat(44),
      '%00',
      '"',
      '%E0%A4%A',
      '../../x',
      '{user:anna}',
      '*',
    ];
    for (const id of ids) expect((await ask(gateway, { cookie: `sid=${id}` })).status).toBe(UNAUTHENTICATED);
  });

  it('of 8 KB are read, and those beyond the limit of a head are refused', async () => {
    const { gateway, browser } = await start();
    await browser.signIn();
    const sid = `sid=${browser.cookies.get('sid')}`;
    const large = `_ga=${'x'.repeat(8000)}`;
    expect((await ask(gateway, { cookie: `${large}; ${sid}` })).status).toBe(200);
    expect((await ask(gateway, { cookie: `sid=${'A'.repeat(8000)}` })).status).toBe(UNAUTHENTICATED);
    const claim = `sid-claim=${'A'.repeat(8000)}`;
    expect((await ask(gateway, { cookie: `${sid}; ${claim}` })).status).toBe(200);
    expect((await ask(gateway, { cookie: `${large}${'x'.repeat(9000)}; ${sid}` })).status).toBe(431);
    expect((await browser.send('/session')).status).toBe(200);
  });
});

describe('POST /session', () => {
  it('refuses bodies that are not a user name and a password, and asks nobody about them', async () => {
    const { gateway, upstream } = await start();
    const calls = upstream.calls(TOKEN_ROUTE);
    const bad: unknown[] = [
      ...['', '{', 'null', '1', '"anna"', '[]', '{}', '\u0000', '\uFEFF', '{"username":"anna"}'],
      [anna],
      { ...anna, remember: true },
      { ...anna, id: 'operator' },
      { ...anna, username: '' },
      { ...anna, password: '' },
      { ...anna, password: null },
      { ...anna, password: ['a'] },
      { ...anna, username: { $ne: null } },
      ...[
        ' anna',
        'anna ',
        'anna\u00A0',
        'an\nna',
        'anna\u0000',
        'anna\u202E',
        'a\u2066nna',
        'e\u0301ve',
        '\u212Bsa',
      ].map((username) => ({ ...anna, username })),
      { ...anna, username: 'x'.repeat(1025) },
      { ...anna, password: 'x'.repeat(1025) },
      `{"username":"anna","password":"${'\\u0000'.repeat(1025)}"}`,
    ];
    for (const body of bad) {
      const answer = await signIn(gateway, body);
      expect([body, answer.status, codeOf(answer)]).toEqual([body, 400, 'BAD_USER_INPUT']);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    const large = await signIn(gateway, { ...anna, password: 'x'.repeat(1024 * 1024) });
    expect(large.status).toBe(413);
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      '*/*',
    ])
      expect((await signIn(gateway, anna, { 'content-type': type })).status).toBe(415);
    expect((await signIn(gateway, anna, { 'content-encoding': 'gzip' })).status).toBe(415);
    expect(upstream.calls(TOKEN_ROUTE)).toBe(calls);
    expect((await signIn(gateway, anna)).status).toBe(201);
  });

  it('takes names and passwords of any characters as they are, and lone surrogates as no password', async () => {
    const { gateway, upstream } = await start();
    const odd = { username: 'Ännä <b>&"', password: ' \n\u0000😀&client_id=x' };
    expect((await signIn(gateway, odd)).status).toBe(UNAUTHENTICATED);
    const form = upstream.requests(TOKEN_ROUTE).at(-1)?.form;
    expect([form?.getAll('username'), form?.getAll('password')]).toEqual([[odd.username], [odd.password]]);
    expect(form?.getAll('client_id')).toEqual(['mock-client-id']);
    const lone = await signIn(gateway, '{"username":"anna","password":"\\ud800"}');
    expect(lone.status).toBe(UNAUTHENTICATED);
  });

  it('is not taken from a page of another site', async () => {
    const { gateway, upstream } = await start({ CORS_ORIGINS: 'https://app.example' });
    const calls = upstream.calls(TOKEN_ROUTE);
    const foreign: Headers[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { origin: 'https://sub.app.example', 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'null', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
      { origin: `${gateway.origin}.evil.example` },
    ];
    for (const headers of foreign) {
      const answer = await signIn(gateway, anna, headers);
      expect([headers, answer.status]).toEqual([headers, 403]);
    }
    expect(upstream.calls(TOKEN_ROUTE)).toBe(calls);
    const own: Headers[] = [
      {},
      { origin: gateway.origin },
      { origin: gateway.origin, 'sec-fetch-site': 'same-origin' },
      { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' },
    ];
    for (const headers of own) expect((await signIn(gateway, anna, headers)).status).toBe(201);
  });

  it('refuses a wrong password in one form, for a known user and an unknown one, with as many calls', async () => {
    const { gateway, upstream } = await start();
    const answers: WireAnswer[] = [];
    const calls: number[] = [];
    for (const username of ['anna', 'nobody-of-that-name', 'ANNA', 'mock-username']) {
      const before = upstream.calls(TOKEN_ROUTE);
      answers.push(await signIn(gateway, { username, password: 'wrong' }));
      calls.push(upstream.calls(TOKEN_ROUTE) - before);
    }
    const forms = answers.map(({ status, headers, bytes }) => {
      const { 'x-request-id': _, date: __, ...rest } = headers;
      return { status, rest, text: bytes.toString() };
    });
    expect(forms[0]).toMatchObject({ status: 401 });
    for (const form of forms) expect(form).toEqual(forms[0]);
    expect(calls).toEqual([1, 1, 1, 1]);
  });
});

describe('DELETE /session', () => {
  it('refuses another value of everywhere, and ends nothing', async () => {
    const { browser } = await start();
    await browser.signIn();
    for (const query of ['maybe', 'True', '1', '', 'true%20'])
      expect((await browser.send(`/session?everywhere=${query}`, { method: 'DELETE' })).status).toBe(400);
    expect((await browser.send('/session')).status).toBe(200);
  });

  it('is not taken from a page of another site', async () => {
    const { browser } = await start();
    await browser.signIn();
    const foreign = { method: 'DELETE', headers: { origin: 'https://evil.example' } };
    expect((await browser.send('/session', foreign)).status).toBe(403);
    expect((await browser.send('/session')).status).toBe(200);
  });

  it('ends the sessions of its cookies, whatever token is beside them', async () => {
    const { browser } = await start({ ADMIN_TOKEN: 'a-token-for-operators' });
    await browser.signIn();
    const phone = createBrowserJar(browser.origin);
    await phone.signIn();
    const headers = { authorization: 'Bearer a-token-for-operators' };
    const path = '/session?everywhere=true';
    expect((await browser.send(path, { method: 'DELETE', headers })).status).toBe(204);
    expect((await phone.send('/session')).status).toBe(UNAUTHENTICATED);
  });
});

describe('the identity endpoint', () => {
  it.each([
    ['fails', () => new HttpResponse(null, { status: 500 }), 'UPSTREAM_UNAVAILABLE'],
    ['is away', () => HttpResponse.error(), 'UPSTREAM_UNAVAILABLE'],
    ['has a gateway that timed out', () => new HttpResponse(null, { status: 504 }), 'UPSTREAM_UNAVAILABLE'],
    ['sends a page', () => HttpResponse.html('<p>maintenance</p>'), 'UPSTREAM_INVALID'],
    [
      'refuses the client',
      () => HttpResponse.json({ error: 'invalid_client' }, { status: 401 }),
      'UPSTREAM_UNAVAILABLE',
    ],
  ])('%s: sign-ins get 503, and do not count', async (_, respond, code) => {
    const { gateway, upstream } = await start();
    await ask(gateway, {});
    upstream.fail(TOKEN_ROUTE, respond);
    // From the sixth attempt that counts on, each is delayed, and the 21st is refused.
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const answer = await signIn(gateway, anna);
      expect([answer.status, codeOf(answer)]).toEqual([503, code]);
      expect(answer.headers['retry-after']).toMatch(/^\d+$/);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect(gateway.events.filter(({ type }) => type === 'sign-in-delayed')).toEqual([]);
    upstream.recover(TOKEN_ROUTE);
    gateway.clock.ms += 60_000;
    expect((await signIn(gateway, anna)).status).toBe(201);
  });
});

describe('wrong passwords from one address', () => {
  it('are a hundred calls and then 429, whatever the address claims to be; nothing that was typed is reported', async () => {
    const { gateway, upstream } = await start();
    const [marked, typed] = ['marked-password-of-somebody', 'typed-name-of-somebody'];
    const answers: WireAnswer[] = [];
    for (let round = 0; round < 15; round += 1) {
      const some = Array.from({ length: 10 }, (_, each) =>
        signIn(
          gateway,
          { username: `${typed}-${round}-${each}`, password: `${marked}-${round}` },
          { 'x-forwarded-for': `192.0.2.${round}`, forwarded: `for=192.0.2.${round}` },
        ),
      );
      answers.push(...(await Promise.all(some)));
    }
    expect(answers.map(({ status }) => status)).toEqual([...Array(100).fill(401), ...Array(50).fill(429)]);
    expect(upstream.calls(TOKEN_ROUTE)).toBe(100);
    const [refusal] = answers.slice(-1) as [WireAnswer];
    expect(codeOf(refusal)).toBe('RATE_LIMITED');
    expect(Number(refusal.headers['retry-after'])).toBeGreaterThan(600);
    const lines = await linesOf(gateway.events);
    expect(lines).toContain('attempts to sign in exceed their limit');
    for (const text of [lines, inspect(gateway.events, { depth: Infinity, maxArrayLength: null })]) {
      expect(text).not.toContain(marked);
      expect(text).not.toContain(typed);
    }
  });
});

/** All log lines of the events. */
async function linesOf(events: readonly GatewayEvent[]): Promise<string> {
  const lines: string[] = [];
  const logger = await createLogger('trace', { isTerminal: false, write: (line) => lines.push(line) });
  const log = logEvents(logger, { hitsEvery: 1, clock: { monotonic: () => 0 } });
  for (const event of events) log(event);
  return lines.join('');
}

describe('the path /session', () => {
  it('accepts GET, HEAD, POST and DELETE', async () => {
    const { gateway } = await start();
    for (const method of ['PUT', 'PATCH', 'TRACE', 'PROPFIND']) {
      const answer = await exchange(gateway, '/session', { method });
      expect([method, answer.status, answer.headers.allow]).toEqual([method, 405, 'GET, HEAD, POST, DELETE']);
    }
  });

  it('answers HEAD as GET, without the body', async () => {
    const { gateway, browser } = await start();
    expect(await exchange(gateway, '/session', { method: 'HEAD' })).toMatchObject({ status: 401 });
    await browser.signIn();
    const cookie = `sid=${browser.cookies.get('sid')}`;
    const [head, get] = [
      await exchange(gateway, '/session', { method: 'HEAD', headers: { cookie } }),
      await exchange(gateway, '/session', { headers: { cookie } }),
    ];
    expect(head.status).toBe(200);
    expect(head.bytes).toHaveLength(0);
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
  });
});

describe('an Authorization header under AUTH=required', () => {
  const ADMIN = 'a-token-for-operators';
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"anna"}').toString('base64url')}.`;
  const bad = [
    ...['', 'Bearer', 'Bearer ', 'Basic', 'Basic !!!', `Basic ${Buffer.from('anna:x').toString('base64')}`],
    ...[
      'Digest username="anna"',
      'Negotiate abc',
      'garbage',
      `Bearer ${none}`,
      `Bearer ${'a.'.repeat(4000)}`,
    ],
    ...['Bearer null', 'Bearer undefined', `Bearer ${ADMIN}x`, `bearer ${ADMIN} ${ADMIN}`],
  ];

  it('of any other form is nobody', async () => {
    const { gateway } = await start({ ADMIN_TOKEN: ADMIN });
    for (const authorization of bad) {
      const answer = await ask(gateway, { authorization });
      expect([authorization, answer.status, codeOf(answer)]).toEqual([authorization, 401, 'UNAUTHENTICATED']);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
    }
  });

  it('takes precedence over a cookie', async () => {
    const { gateway, browser } = await start();
    await browser.signIn();
    const cookie = `sid=${browser.cookies.get('sid')}`;
    expect((await ask(gateway, { cookie, authorization: 'Bearer garbage' })).status).toBe(401);
  });

  it('with the admin token is an operator, and no user', async () => {
    const { gateway } = await start({ ADMIN_TOKEN: ADMIN });
    const answer = await ask(gateway, { authorization: `Bearer ${ADMIN}` });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.bytes.toString()).data.viewer).toBe(null);
  });
});
