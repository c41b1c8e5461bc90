import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { noRedis } from '../support/redis.ts';
import { readKeys } from '../support/redis-content.ts';
import {
  GRACE_MS,
  IDLE_MS,
  MAX_MS,
  MINUTE_MS,
  NOW,
  shareSessionRedis,
} from '../support/session-processes.ts';

const PREFIX = 'test_sessions:';
const keyOf = (id: string) => `${PREFIX}{${hash('sha256', id, 'base64url')}}`;
const indexOf = (user: string) => `${PREFIX}{user:${hash('sha256', user, 'base64url')}}`;

describe.skipIf(noRedis)('sessions in Redis', () => {
  const { operator, redis, startScene } = shareSessionRedis();

  it('are there by the SHA-256 of their id, and nothing holds the id or the claim', async () => {
    const { start } = startScene();
    const { id, claim } = await start().signInAs('anna');
    const texts: string[] = [];
    for (const key of await operator().keys('*')) {
      const isSet = (await operator().type(key)) === 'zset';
      texts.push(
        key,
        isSet ? (await operator().zrange(key, '0', '-1')).join() : ((await operator().get(key)) ?? ''),
      );
    }
    expect(texts).toContain(keyOf(id));
    expect(texts.join('\n')).not.toContain(id);
    expect(texts.join('\n')).not.toContain(claim);
    expect(JSON.parse((await operator().get(keyOf(id))) ?? '')).toEqual({
      ...{ userId: 'anna', userName: 'anna', signedInAt: NOW, expiresAt: NOW + MAX_MS },
      ...{ userAgent: 'a browser', address: '192.0.2.0' },
    });
  });

  it('expire by themselves, with all that belongs to them', async () => {
    const { start, clock } = startScene();
    const process = start();
    const [anna, other, made] = [
      await process.signInAs('anna'),
      await process.signInAs('anna'),
      'A'.repeat(43),
    ];
    clock.ms += MINUTE_MS;
    await process.userOf(anna);
    await process.userOf({ id: made, claim: null });
    await process.signOut(other.id, 'anna', false);
    await process.signOut(made, null, false);
    await process.signOut((await process.signInAs('ben')).id, 'ben', true);
    const ttls = await readKeys(redis(), 'pttl');
    // One session, two that ended with their list, two indexes at most, the users, the epoch, and the end of a user.
    expect(Object.keys(ttls).length).toBeLessThanOrEqual(9);
    expect(Object.keys(ttls)).not.toContain(keyOf(made));
    for (const [key, ttl] of Object.entries(ttls)) expect([key, Number(ttl) > 0]).toEqual([key, true]);
  });

  it('have the idle expiry of Redis, which use renews at most once a minute', async () => {
    const { start, clock, count } = startScene();
    const [one, two] = [start(), start()];
    const anna = await one.signInAs('anna');
    const ttl = () => operator().pttl(keyOf(anna.id));
    const isRenewed = async () => (await ttl()) > IDLE_MS - 10_000;
    expect(await isRenewed()).toBe(true);
    // At a sign-in the epoch and the two indexes.
    expect(count('PEXPIRE')).toBe(3);
    await operator().pexpire(keyOf(anna.id), 50_000);
    for (let second = 1; second < 60; second += 1) {
      clock.ms = NOW + 1000 * second;
      await one.userOf(anna);
    }
    expect(count('PEXPIRE')).toBe(3);
    clock.ms = NOW + MINUTE_MS;
    await one.userOf(anna);
    await expect.poll(isRenewed).toBe(true);
    for (let second = 1; second < 60; second += 1) {
      clock.ms = NOW + MINUTE_MS + 1000 * second;
      await one.userOf(anna);
    }
    // The session and the epoch.
    expect(count('PEXPIRE')).toBe(5);
    // Each process renews by itself: it does not know of the others.
    await two.userOf(anna);
    await expect.poll(() => count('PEXPIRE')).toBe(7);
  });

  it('do not idle out while they are used, also with the shortest idle expiry', async () => {
    const { start, clock, count } = startScene(MINUTE_MS);
    const process = start();
    const anna = await process.signInAs('anna');
    const before = count('PEXPIRE');
    clock.ms += MINUTE_MS / 4;
    await process.userOf(anna);
    await expect.poll(() => count('PEXPIRE')).toBe(before + 2);
  });

  it('idle no longer than until their absolute expiry', async () => {
    const { start, clock } = startScene();
    const process = start();
    const anna = await process.signInAs('anna');
    clock.ms = NOW + MAX_MS - 60_000;
    await process.userOf(anna);
    await expect.poll(() => operator().pttl(keyOf(anna.id))).toBeLessThanOrEqual(60_000);
  });

  it('that idled out are nobody', async () => {
    const { start, clock } = startScene();
    const process = start();
    const anna = await process.signInAs('anna');
    await operator().del(keyOf(anna.id));
    clock.ms += 1000;
    expect(await process.userOf(anna)).toBe(null);
    expect(process.events.at(-1)).toMatchObject({ type: 'session-verified', outcome: 'absent' });
  });

  it('do not come back by a renewal that races the sign-out', async () => {
    const { start, clock, store } = startScene();
    const process = start();
    const anna = await process.signInAs('anna');
    const [session] = await process.list(1);
    await process.signOut(anna.id, 'anna', false);
    if (session) await store.renew(session);
    clock.ms += 1000;
    expect(await start().userOf(anna)).toBe(null);
    expect(await process.list(1)).toEqual([]);
  });

  it('leave the index of the user at the sign-out, also if nobody said whose they are', async () => {
    const { start, clock } = startScene();
    const process = start();
    const [one, two] = [await process.signInAs('anna'), await process.signInAs('anna')];
    const scores = await operator().zrange(indexOf('anna'), '0', '-1', 'WITHSCORES');
    expect(scores).toHaveLength(4);
    expect(scores.filter((score) => score === String(NOW + MAX_MS))).toHaveLength(2);
    await process.signOut(one.id, null, false);
    expect(await operator().zcard(indexOf('anna'))).toBe(1);
    await process.signOut(two.id, 'anna', false);
    expect(await operator().exists(indexOf('anna'))).toBe(0);
    await process.signInAs('anna');
    clock.ms += MAX_MS;
    await process.signInAs('anna');
    expect(await operator().zcard(indexOf('anna'))).toBe(1);
  });

  it.each(['', 'ended', '{}', '[]', '{"userId":"anna"', '{"userId":1}', '\u0000'])(
    'with the value %j are nobody',
    async (value) => {
      const { start } = startScene();
      const id = 'B'.repeat(43);
      await operator().set(keyOf(id), value, 'PX', 60_000);
      expect(await start().userOf({ id, claim: null })).toBe(null);
    },
  );

  it('end in a Redis that is full', async () => {
    const { start, clock } = startScene();
    const process = start();
    const [one, two] = [await process.signInAs('anna'), await process.signInAs('anna')];
    await operator().config('SET', 'maxmemory', '1');
    try {
      expect(await process.signOut(one.id, 'anna', false)).toBe('done');
      expect(await process.signOut(two.id, 'anna', true)).toBe('done');
      clock.ms += 1000;
      expect(await start().userOf(one)).toBe(null);
      expect(await start().userOf(two)).toBe(null);
    } finally {
      await operator().config('SET', 'maxmemory', '0');
    }
  });

  it('remember a sign-out for as long as a claim may count', async () => {
    const { start } = startScene();
    const process = start();
    const anna = await process.signInAs('anna');
    await process.signOut(anna.id, 'anna', true);
    const end = `${PREFIX}{end:${hash('sha256', 'anna', 'base64url')}}`;
    for (const key of [keyOf(anna.id), end]) {
      const ttl = await operator().pttl(key);
      expect(ttl).toBeGreaterThan(GRACE_MS);
      expect(ttl).toBeLessThanOrEqual(GRACE_MS + MINUTE_MS);
    }
  });
});
