import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createAdminGuard, type Scheme } from '../../../src/http/admin/guard.ts';
import type { HttpEvent } from '../../../src/http/events.ts';

const TOKEN = 'a token: with a colon';
const RIGHT = `Basic ${Buffer.from(`anybody:${TOKEN}`).toString('base64')}`;
const WRONG = { authorization: 'Bearer another' };
const BOTH: readonly Scheme[] = ['Bearer', 'Basic'];

/** A guard whose delays end when the test says so. */
function start(adminToken = TOKEN) {
  const events: HttpEvent[] = [];
  const sleepers: (() => void)[] = [];
  const guard = createAdminGuard({
    identify: null,
    adminToken,
    sleep: () => new Promise<void>((resolve) => sleepers.push(resolve)),
    report: (event) => events.push(event),
  });
  const refusalOf = (headers: Record<string, string>, schemes = BOTH) =>
    guard.refuse(headers, 'an-id', schemes).catch((error) => error);
  return {
    guard,
    sleepers,
    refusalOf,
    delays: () => events.map((event) => (event.type === 'admin-refused' ? event.delayMs : undefined)),
    /** Sends this many wrong tokens, and resolves when each is counted, without awaiting the refusals. */
    async tryWrong(times: number) {
      for (let i = 0; i < times; i += 1) void refusalOf(WRONG);
      await new Promise(setImmediate);
    },
  };
}

describe('the admin guard', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    return () => vi.useRealTimers();
  });

  it.each([
    ['a bearer token', 'plain-token', 'Bearer plain-token'],
    ['a bearer token, whatever the case of the scheme', 'plain-token', 'bearer plain-token'],
    ['the password of any user', TOKEN, RIGHT],
    ['the password of no user', 'plain-token', `Basic ${Buffer.from(':plain-token').toString('base64')}`],
  ])('admits %s', (_, token, authorization) => {
    expect(start(token).guard.matchToken({ authorization }, BOTH)).toBe('right');
  });

  it.each([
    'Bearer',
    'Bearer plain-toke',
    'Bearer plain-token-',
    `Basic ${Buffer.from('plain-token').toString('base64')}`,
    `Basic ${Buffer.from('plain-token:').toString('base64')}`,
    'Basic %%%',
  ])('treats %j as a wrong token', (authorization) => {
    expect(start('plain-token').guard.matchToken({ authorization }, BOTH)).toBe('wrong');
  });

  it.each([undefined, '', 'Digest plain-token', 'plain-token'])(
    'treats %j as a missing token',
    (authorization) => {
      const headers = authorization === undefined ? {} : { authorization };
      expect(start('plain-token').guard.matchToken(headers, BOTH)).toBe('none');
    },
  );

  it('ignores the token of a scheme that it does not accept', async () => {
    const { guard, refusalOf, delays } = start();
    expect(guard.matchToken({ authorization: RIGHT }, ['Bearer'])).toBe('none');
    const refusal = await refusalOf({ authorization: RIGHT }, ['Bearer']);
    expect(refusal.headers['WWW-Authenticate']).toMatch(/^Bearer /);
    expect(delays()).toEqual([]);
  });

  it('refuses a request without a token, and counts no wrong one', async () => {
    const { refusalOf, delays } = start();
    for (let i = 0; i < 20; i += 1) expect(await refusalOf({})).toMatchObject({ status: 401 });
    expect(delays()).toEqual([]);
  });

  it('makes a browser show its dialog for a page, but not for a script', async () => {
    const { refusalOf } = start();
    const challengeOf = async (headers: Record<string, string>) =>
      (await refusalOf(headers)).headers['WWW-Authenticate'];
    expect(await challengeOf({})).toMatch(/^Basic realm="[^"]+", charset="UTF-8", Bearer /);
    expect(await challengeOf({ 'sec-fetch-dest': 'document' })).toMatch(/^Basic /);
    expect(await challengeOf({ 'sec-fetch-dest': 'empty' })).toMatch(/^Bearer /);
  });

  it('refuses ten wrong tokens at once, and each further one later than the last, up to 8 s', async () => {
    const { refusalOf, tryWrong, delays, sleepers } = start();
    for (let i = 0; i < 10; i += 1) expect(await refusalOf(WRONG)).toMatchObject({ status: 401 });
    await tryWrong(8);
    expect(delays()).toEqual([...Array(10).fill(0), 250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
    expect(sleepers).toHaveLength(8);
  });

  it('answers a delayed request when its delay is over', async () => {
    const { refusalOf, tryWrong, sleepers } = start();
    await tryWrong(10);
    let answered = false;
    const late = refusalOf(WRONG).then((refusal) => {
      answered = true;
      return refusal;
    });
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    sleepers[0]?.();
    expect(await late).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });

  it('forgets a wrong token after a minute', async () => {
    const { tryWrong, delays } = start();
    await tryWrong(10);
    vi.advanceTimersByTime(59_999);
    await tryWrong(1);
    vi.advanceTimersByTime(1);
    await tryWrong(1);
    expect(delays().slice(10)).toEqual([250, 0]);
  });

  it('never delays the right token', async () => {
    const { guard, tryWrong } = start();
    await tryWrong(50);
    expect(guard.matchToken({ authorization: RIGHT }, BOTH)).toBe('right');
  });

  it('delays at most a hundred requests at a time, and refuses others', async () => {
    const { refusalOf, tryWrong, sleepers } = start();
    await tryWrong(110);
    const sentAway = await refusalOf(WRONG);
    expect(sentAway).toMatchObject({ status: 429, headers: { 'Retry-After': '8' } });
    for (const wake of sleepers.splice(0, 1)) wake();
    await new Promise(setImmediate);
    await tryWrong(1);
    expect(sleepers).toHaveLength(100);
  });
});
