import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { noRedis } from '../support/redis.ts';
import { GRACE_MS, MINUTE_MS, NOW, shareSessionRedis } from '../support/session-processes.ts';

const SECOND_MS = 1000;
const PATIENCE = { timeout: 10_000 };

describe.skipIf(noRedis)('a sign-out', () => {
  const { startScene } = shareSessionRedis();

  it('is in every process by its message, without a wait, and reported for the responses of the user', async () => {
    const { start } = startScene();
    const [process, other] = [start(), start()];
    const anna = await process.signInAs('anna');
    await other.userOf(anna);
    await process.signOut(anna.id, 'anna', false);
    for (const each of [process, other]) {
      expect(await each.userOf(anna)).toBe(null);
      expect(each.ended).toEqual([anna.principal]);
    }
  });

  it('is in every process within the trust time, if its message is lost', async () => {
    const { start, clock, network } = startScene();
    const [process, other] = [start(), start()];
    const anna = await process.signInAs('anna');
    await other.userOf(anna);
    network.losesMessages = true;
    await process.signOut(anna.id, 'anna', false);
    expect(await process.userOf(anna)).toBe(null);
    clock.ms += SECOND_MS - 1;
    expect(await other.userOf(anna)).toBe('anna');
    clock.ms += 1;
    expect(await other.userOf(anna)).toBe(null);
    expect(other.ended).toEqual([anna.principal]);
  });

  it('ends a verification of another process that Redis had answered before', async () => {
    const { start, clock } = startScene();
    const slow = startScene();
    const [process, other] = [start(), start({ store: slow.store })];
    const anna = await process.signInAs('anna');
    clock.ms += SECOND_MS;
    const release = slow.hold();
    const verification = other.userOf(anna);
    await expect.poll(() => slow.count('GET')).toBe(2);
    await process.signOut(anna.id, 'anna', false);
    release();
    expect(await verification).toBe(null);
    expect(await other.userOf(anna)).toBe(null);
  });

  it('of a verification in another process is in effect within the trust time of its start, without message', async () => {
    const { start, clock, network } = startScene();
    const slow = startScene();
    const [process, other] = [start(), start({ store: slow.store })];
    const anna = await process.signInAs('anna');
    network.losesMessages = true;
    clock.ms += SECOND_MS;
    const release = slow.hold();
    const verification = other.userOf(anna);
    await expect.poll(() => slow.count('GET')).toBe(2);
    await process.signOut(anna.id, 'anna', false);
    clock.ms += SECOND_MS - 1;
    release();
    expect(await verification).toBe('anna');
    expect(await other.userOf(anna)).toBe('anna');
    clock.ms += 1;
    expect(await other.userOf(anna)).toBe(null);
  });

  it('holds in its process from the call, at whatever step a verification is', async () => {
    const { start, clock } = startScene();
    const process = start();
    for (let steps = 0; steps < 30; steps += 1) {
      const { id } = await process.signInAs('anna');
      const anna = { id, claim: null };
      clock.ms += SECOND_MS;
      const flight = process.userOf(anna);
      for (let step = 0; step < steps; step += 1) await setImmediate();
      const signOut = process.signOut(id, 'anna', false);
      expect(await process.userOf(anna)).toBe(null);
      await Promise.all([flight, signOut]);
      expect(await process.userOf(anna)).toBe(null);
    }
  });

  it('everywhere ends the sessions that other processes began with their clocks ahead', async () => {
    const { start, clock } = startScene();
    const [process, ahead] = [start(), start({ aheadMs: 5 * SECOND_MS })];
    const [own, other] = [await ahead.signInAs('anna'), await ahead.signInAs('anna')];
    clock.ms += SECOND_MS;
    expect(await process.userOf(own)).toBe('anna');
    expect(await process.signOut(own.id, 'anna', true)).toBe('done');
    for (const each of [process, ahead])
      for (const cookies of [own, other]) expect(await each.userOf(cookies)).toBe(null);
  });
});

describe.skipIf(noRedis)('a sign-out of which a process has no message', () => {
  const { startScene, operator } = shareSessionRedis();

  it.each(['away', 'emptied'])(
    'holds there once it hears messages again, also if Redis is %s then',
    async (fate) => {
      const { start, clock, network, line, reconnect, count } = startScene();
      const [process, other] = [start(), start()];
      const [anna, phone, ben] = [
        await process.signInAs('anna'),
        await other.signInAs('anna'),
        await process.signInAs('ben'),
      ];
      for (const cookies of [anna, ben]) await other.userOf(cookies);
      network.losesMessages = true;
      await process.signOut(ben.id, 'ben', false);
      await process.signOut(anna.id, 'anna', true);
      const read = count('ZRANGE');
      reconnect();
      const late = start();
      await expect.poll(() => count('ZRANGE')).toBe(read + 3);
      await expect.poll(() => other.ended.length).toBe(3);
      if (fate === 'away') line.isAway = true;
      else await operator().flushall();
      clock.ms += SECOND_MS;
      for (const each of [process, other, late])
        for (const cookies of [anna, phone, ben]) await expect.poll(() => each.userOf(cookies)).toBe(null);
    },
  );

  it('is read again until Redis replies', async () => {
    const { start, clock, line } = startScene();
    const process = start();
    const anna = await process.signInAs('anna');
    await process.signOut(anna.id, 'anna', false);
    line.isAway = true;
    const late = start();
    // Nothing shows here that the session has ended.
    expect(await late.userOf(anna)).toBe('anna');
    line.isAway = false;
    await expect.poll(() => late.ended.length, PATIENCE).toBe(1);
    line.isAway = true;
    clock.ms += SECOND_MS;
    expect(await late.userOf(anna)).toBe(null);
  });
});

describe.skipIf(noRedis)('a sign-out while Redis is away', () => {
  const { startScene } = shareSessionRedis();

  it('is kept: its process refuses at once, and all others once it is carried out', async () => {
    const { start, clock, line, network } = startScene();
    const [process, other] = [start(), start()];
    const [anna, unknown, ben] = [
      await process.signInAs('anna'),
      await other.signInAs('anna'),
      await process.signInAs('ben'),
    ];
    network.losesMessages = true;
    line.isAway = true;
    expect(await process.signOut(anna.id, 'anna', false)).toBe('kept');
    expect(await process.signOut(unknown.id, null, false)).toBe('kept');
    expect(process.usage().pending).toBe(2);
    expect(await process.userOf(anna)).toBe(null);
    expect(await process.userOf(unknown)).toBe(null);
    // Another process cannot know. Therefore the sign-out is not acknowledged.
    clock.ms += SECOND_MS;
    expect(await other.userOf(anna)).toBe('anna');
    line.isAway = false;
    await expect.poll(() => process.usage().pending, PATIENCE).toBe(0);
    clock.ms += SECOND_MS;
    for (const each of [process, other, start()]) {
      expect(await each.userOf(anna)).toBe(null);
      expect(await each.userOf(unknown)).toBe(null);
      expect(await each.userOf(ben)).toBe('ben');
    }
    expect(process.events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['sign-out-kept', 'sign-outs-carried-out']),
    );
  });

  it('everywhere ends the sessions that began before, and no later one', async () => {
    const { start, clock, line } = startScene();
    const [process, other] = [start(), start()];
    const before = [await process.signInAs('anna'), await other.signInAs('anna')];
    line.isAway = true;
    clock.ms += SECOND_MS;
    const [own] = before as [(typeof before)[0]];
    expect(await process.signOut(own.id, 'anna', true)).toBe('kept');
    for (const each of before) expect(await process.userOf(each)).toBe(null);
    // Longer than any session may count without Redis.
    clock.ms += GRACE_MS + 2 * MINUTE_MS;
    line.isAway = false;
    const later = [await process.signInAs('anna'), await other.signInAs('anna')];
    // Redis has the sessions still, and this process refuses them.
    for (const each of before) expect(await process.userOf(each)).toBe(null);
    await expect.poll(() => process.usage().pending, PATIENCE).toBe(0);
    clock.ms += SECOND_MS;
    for (const each of [process, other]) {
      expect(await Promise.all(before.map(each.userOf))).toEqual([null, null]);
      expect(await Promise.all(later.map(each.userOf))).toEqual(['anna', 'anna']);
    }
  });

  it('is done if Redis takes it, although Redis goes away right after it', async () => {
    const { start, clock, line } = startScene();
    const [process, other] = [start(), start()];
    const anna = await process.signInAs('anna');
    await other.userOf(anna);
    expect(await process.signOut(anna.id, 'anna', false)).toBe('done');
    line.isAway = true;
    clock.ms = NOW + MINUTE_MS;
    for (const each of [process, other]) expect(await each.userOf(anna)).toBe(null);
  });
});
