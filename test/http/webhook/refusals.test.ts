import { describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway.ts';
import { connectTo, send } from '../../support/http-client.ts';
import { interceptUpstream } from '../../support/upstream-mock.ts';
import {
  deliver,
  eventsOf,
  headersOf,
  OTHER_SECRET,
  SECRET,
  signal,
  signatureOf,
  startHookedGateway,
  textOf,
  told,
} from './webhook-gateway.ts';

const mockUpstream = interceptUpstream();

const BODY = textOf(signal());
const START = Date.parse('2026-06-15T12:00:00Z') / 1000;
const SIGNED = signatureOf(BODY, START, SECRET);
const NO_SIGNATURE =
  'X-Signature must be sha256= and the HMAC-SHA256 of X-Timestamp, a dot and the body, by a configured secret.';
const NO_TIMESTAMP =
  'X-Timestamp must be in Unix seconds, and at most five minutes from the time of the gateway.';

async function start(variables: Record<string, string> = {}) {
  mockUpstream();
  return startHookedGateway(variables);
}

function whys(gateway: Parameters<typeof eventsOf>[0]) {
  return eventsOf(gateway, 'hook-refused').map((event) => (event as { why?: string }).why);
}

describe('a delivery whose signature is', () => {
  it.each([
    ['missing', ''],
    ['of another secret', signatureOf(BODY, START, OTHER_SECRET)],
    ['of another body', signatureOf(`${BODY} `, START, SECRET)],
    ['of another time', signatureOf(BODY, START + 1, SECRET)],
    ['of the body alone', signatureOf(BODY, '', SECRET)],
    ['without its algorithm', SIGNED.slice('sha256='.length)],
    ['of another algorithm', SIGNED.replace('sha256', 'sha512')],
    ['too short', SIGNED.slice(0, -2)],
    ['too long', `${SIGNED}00`],
    ['not hexadecimal', 'sha256=zz'],
  ])('%s is refused without an invalidation', async (_, signature) => {
    const gateway = await start();
    const answer = await deliver(gateway, { headers: { 'x-signature': signature } });
    expect(told(answer)).toEqual([401, 'UNAUTHENTICATED', NO_SIGNATURE]);
    expect(answer.headers.get('www-authenticate')).toBe('HMAC-SHA256');
    expect(whys(gateway)).toEqual(['signature']);
    expect(eventsOf(gateway, 'invalidated')).toEqual([]);
  });

  it('wrong is refused before its body is parsed', async () => {
    const gateway = await start();
    const answer = await deliver(gateway, { body: '{', secret: OTHER_SECRET });
    expect(told(answer)).toEqual([401, 'UNAUTHENTICATED', NO_SIGNATURE]);
  });

  it('one of several is accepted, also in upper case', async () => {
    const gateway = await start();
    const signature = [
      signatureOf(BODY, START, OTHER_SECRET),
      SIGNED.toUpperCase().replace('SHA256', 'sha256'),
    ];
    expect(
      (await deliver(gateway, { headers: { 'x-signature': `v1=0, ${signature.join(', ')}` } })).status,
    ).toBe(202);
  });
});

describe('during a rotation of secrets', () => {
  it('deliveries with either secret are accepted, and afterwards only with the new one', async () => {
    const during = await start({ HOOK_SECRETS: `${SECRET},${OTHER_SECRET}` });
    for (const secret of [SECRET, OTHER_SECRET]) {
      expect((await deliver(during, { body: signal({ event: secret }), secret })).status).toBe(202);
    }
    const after = await start({ HOOK_SECRETS: OTHER_SECRET });
    expect((await deliver(after, { secret: SECRET })).status).toBe(401);
    expect((await deliver(after, { secret: OTHER_SECRET })).status).toBe(202);
  });

  it('a delivery with both signatures is accepted again with either of them', async () => {
    const gateway = await start({ HOOK_SECRETS: `${SECRET},${OTHER_SECRET}` });
    const both = `${SIGNED}, ${signatureOf(BODY, START, OTHER_SECRET)}`;
    expect((await deliver(gateway, { headers: { 'x-signature': both } })).status).toBe(202);
    for (const secret of [SECRET, OTHER_SECRET]) {
      expect((await deliver(gateway, { secret })).status).toBe(202);
    }
  });
});

describe('a timestamp', () => {
  it.each([START - 300, START + 300])('at the edge of the window is accepted: %d', async (timestamp) => {
    expect((await deliver(await start(), { timestamp })).status).toBe(202);
  });

  it.each([START - 301, START + 301, START * 1000, '', '2026-06-15T12:00:00Z', `${START}.0`, `-${START}`])(
    'outside the window or malformed is refused: %s',
    async (timestamp) => {
      const gateway = await start();
      const answer = await deliver(gateway, { timestamp });
      expect(told(answer)).toEqual([401, 'UNAUTHENTICATED', NO_TIMESTAMP]);
      expect(whys(gateway)).toEqual(['timestamp']);
    },
  );
});

describe('an invalid delivery', () => {
  it.each(['GET', 'PUT', 'DELETE', 'HEAD'])('with the method %s gets 405 and Allow: POST', async (method) => {
    const answer = await send(await start(), '/hooks/catalog', { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it.each<[string, Record<string, string>]>([
    ['an unsupported type', { 'content-type': 'text/plain' }],
    ['an unsupported charset', { 'content-type': 'application/json; charset=latin1' }],
    ['an unsupported coding', { 'content-encoding': 'gzip' }],
  ])('with %s gets 415', async (_, headers) => {
    const gateway = await start();
    expect((await deliver(gateway, { headers })).status).toBe(415);
    expect(whys(gateway)).toEqual(['body']);
  });

  it('over 8 MB gets 413, and one of exactly 8 MB is accepted', async () => {
    const gateway = await start();
    const [limit, padding] = [8 * 1024 * 1024, BODY.length];
    expect((await deliver(gateway, { body: `${BODY}${' '.repeat(limit - padding)}` })).status).toBe(202);
    expect((await deliver(gateway, { body: `${BODY}${' '.repeat(limit - padding + 1)}` })).status).toBe(413);
    expect(whys(gateway)).toEqual(['body']);
  });

  it.each([
    ['truncated JSON', BODY.slice(0, 40), 'The request body is not valid JSON.'],
    ['an empty body', '', 'The request body is not valid JSON.'],
    ['no signals', '[]', 'A delivery must have 1 to 20000 signals, not 0.'],
    ['too many signals', `[${'0,'.repeat(20_000)}0]`, 'A delivery must have 1 to 20000 signals, not 20001.'],
  ])('with %s and a valid signature gets 400 without an invalidation', async (_, body, message) => {
    const gateway = await start();
    expect(told(await deliver(gateway, { body }))).toEqual([400, 'BAD_USER_INPUT', message]);
    expect(eventsOf(gateway, 'invalidated')).toEqual([]);
    expect(whys(gateway)).toEqual(['body']);
  });
});

it('a connection closed in the middle of the body causes no invalidation', async () => {
  const gateway = await start();
  const headers = Object.entries({ ...headersOf({ body: BODY }), 'content-length': String(BODY.length) });
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const connection = await connectTo(gateway);
  connection.write(`POST /hooks/catalog HTTP/1.1\r\nHost: a\r\n${head}\r\n${BODY.slice(0, 40)}`);
  connection.socket.end();
  await connection.closed();
  await expect.poll(() => eventsOf(gateway, 'request-aborted'), { timeout: 60_000 }).toHaveLength(1);
  for (const type of ['invalidated', 'hook-refused', 'internal-error']) {
    expect(eventsOf(gateway, type)).toEqual([]);
  }
  expect((await deliver(gateway)).status).toBe(202);
});

describe('without a secret', () => {
  it('the path is 404, signed or not', async () => {
    mockUpstream();
    for (const gateway of [await startHookedGateway({ HOOK_SECRETS: '' }), await startGateway()]) {
      const unknown = await send(gateway, '/hooks/nothing', { method: 'POST' });
      const answer = await deliver(gateway, { secret: '' });
      expect([answer.status, answer.text]).toEqual([404, unknown.text]);
    }
  });
});

it('responses and events contain no secret or signature', async () => {
  const gateway = await start();
  const answers = [
    await deliver(gateway),
    await deliver(gateway),
    await deliver(gateway, { secret: OTHER_SECRET }),
    await deliver(gateway, { body: '{' }),
  ];
  const seen = JSON.stringify([answers, gateway.events]);
  for (const hidden of [SECRET, SIGNED.slice('sha256='.length), 'src/', '127.0.0.1']) {
    expect(seen).not.toContain(hidden);
  }
});
