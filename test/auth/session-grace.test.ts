import { describe, expect, it } from 'vitest';
import { SessionUnavailable } from '../../src/domain/errors.ts';
import { noRedis } from '../support/redis.ts';
import { GRACE_MS, MAX_MS, MINUTE_MS, NOW, shareSessionRedis } from '../support/session-processes.ts';

const SECOND_MS = 1000;
const PATIENCE = { timeout: 10_000 };

describe.skipIf(noRedis)('a claim for the time without Redis', () => {
  const { startScene } = shareSessionRedis();

  it('is renewed at most once a minute, and by a verification in Redis only', async () => {
    const { start, clock, line } = startScene();
    const process = start();
    const anna = await process.signInAs('anna');
    const renewals: number[] = [];
    const ask = async (second: number) => {
      clock.ms = NOW + second * SECOND_MS;
      if ((await process.verified(anna)).claim !== null) renewals.push(second);
    };
    for (let second = 1; second <= 180; second += 1) await ask(second);
    expect(renewals).toEqual([60, 120, 180]);
    line.isAway = true;
    for (let second = 181; second <= 1079; second += 1) await ask(second);
    expect(renewals).toEqual([60, 120, 180]);
    line.isAway = false;
    await ask(1080);
    expect(renewals).toEqual([60, 120, 180, 1080]);
  });

  it('is made for a browser that lost it', async () => {
    const { start, clock } = startScene();
    const process = start();
    const { id } = await process.signInAs('anna');
    clock.ms += SECOND_MS;
    const { claim } = await process.verified({ id, claim: null });
    expect(claim).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });
});

describe.skipIf(noRedis)('while Redis is away', () => {
  const { startScene, operator } = shareSessionRedis();

  it('whoever was verified stays signed in for 15 minutes, exactly, however often they ask', async () => {
    const { start, clock, line } = startScene();
    const process = start();
    const { id } = await process.signInAs('anna');
    clock.ms = NOW + 5 * SECOND_MS;
    const anna = { id, claim: null };
    await process.userOf(anna);
    const verifiedAt = clock.ms;
    line.isAway = true;
    for (let ms = 0; ms < GRACE_MS; ms += 10 * SECOND_MS) {
      clock.ms = verifiedAt + ms;
      expect(await process.userOf(anna)).toBe('anna');
    }
    clock.ms = verifiedAt + GRACE_MS - 1;
    expect(await process.userOf(anna)).toBe('anna');
    clock.ms = verifiedAt + GRACE_MS;
    await expect(process.userOf(anna)).rejects.toBeInstanceOf(SessionUnavailable);
    await expect(process.userOf(anna)).rejects.toMatchObject({ retryAfterMs: SECOND_MS });
    line.isAway = false;
    expect(await process.userOf(anna)).toBe('anna');
  });

  it('a claim does the same in a process that never saw the session, and ends with the first verification', async () => {
    const { start, clock, line } = startScene();
    const anna = await start().signInAs('anna');
    line.isAway = true;
    const process = start();
    for (let ms = 0; ms < GRACE_MS; ms += 10 * SECOND_MS) {
      clock.ms = NOW + ms;
      expect(await process.verified(anna)).toMatchObject({ principal: anna.principal, claim: null });
    }
    expect(await start().userOf(anna)).toBe('anna');
    clock.ms = NOW + GRACE_MS;
    for (const each of [process, start()])
      await expect(each.userOf(anna)).rejects.toBeInstanceOf(SessionUnavailable);
  });

  it('a newer claim counts for longer than the memory of a process', async () => {
    const { start, clock, line } = startScene();
    const [one, two] = [start(), start()];
    const anna = await one.signInAs('anna');
    clock.ms = NOW + 10 * MINUTE_MS;
    const { claim } = await two.verified(anna);
    line.isAway = true;
    clock.ms = NOW + 20 * MINUTE_MS;
    await expect(one.userOf(anna)).rejects.toBeInstanceOf(SessionUnavailable);
    expect(await one.userOf({ id: anna.id, claim })).toBe('anna');
    clock.ms = NOW + 25 * MINUTE_MS;
    await expect(one.userOf({ id: anna.id, claim })).rejects.toBeInstanceOf(SessionUnavailable);
  });

  it('unknown sessions are refused, and known ones are not taken for nobody', async () => {
    const { start, line } = startScene();
    const anna = await start().signInAs('anna');
    const ben = await start().signInAs('ben');
    const foreign = await start({ secrets: ['another secret'] }).signInAs('anna');
    const elsewhere = await start({ issuer: 'elsewhere' }).signInAs('anna');
    line.isAway = true;
    const process = start();
    const unknown = [
      { id: anna.id, claim: null },
      { id: 'A'.repeat(43), claim: null },
      { id: 'A'.repeat(43), claim: anna.claim },
      { id: anna.id, claim: ben.claim },
      { id: anna.id, claim: 'no claim' },
      foreign,
      elsewhere,
    ];
    for (const cookies of unknown)
      await expect(process.userOf(cookies)).rejects.toBeInstanceOf(SessionUnavailable);
    expect(await process.userOf(anna)).toBe('anna');
    expect(process.events.map((event) => 'outcome' in event && event.outcome)).toEqual([
      ...Array(7).fill('unavailable'),
      'grace',
    ]);
  });

  it('nobody signs in, and everybody can again afterwards', async () => {
    const { start, line } = startScene();
    const process = start();
    line.isAway = true;
    await expect(process.signInAs('anna')).rejects.toBeInstanceOf(SessionUnavailable);
    await expect(process.list(10)).rejects.toBeInstanceOf(SessionUnavailable);
    line.isAway = false;
    expect(await process.userOf(await process.signInAs('anna'))).toBe('anna');
  });

  it('a session whose absolute expiry passes is nobody', async () => {
    const { start, clock, line } = startScene();
    const process = start();
    const anna = await process.signInAs('anna');
    clock.ms = NOW + MAX_MS - MINUTE_MS;
    await process.userOf(anna);
    line.isAway = true;
    clock.ms = NOW + MAX_MS - 1;
    expect(await process.userOf(anna)).toBe('anna');
    clock.ms = NOW + MAX_MS;
    expect(await process.userOf(anna)).toBe(null);
  });

  it('a session that idles out stays in for its grace, and is nobody once Redis is back', async () => {
    const { start, clock, line } = startScene();
    const process = start();
    const anna = await process.signInAs('anna');
    line.isAway = true;
    await operator().del(...(await operator().keys('*')).filter((key) => !key.includes('epoch')));
    clock.ms = NOW + 10 * MINUTE_MS;
    expect(await process.userOf(anna)).toBe('anna');
    line.isAway = false;
    clock.ms += SECOND_MS;
    expect(await process.userOf(anna)).toBe(null);
    line.isAway = true;
    // This process knows that it ended: the claim counts no more.
    expect(await process.userOf(anna)).toBe(null);
  });

  it('a claim of a process whose clock is ahead counts for that much longer, and at most a minute', async () => {
    const { start, clock, line } = startScene();
    const ahead = await start({ aheadMs: MINUTE_MS }).signInAs('anna');
    const farAhead = await start({ aheadMs: MINUTE_MS + 2 * SECOND_MS }).signInAs('ben');
    line.isAway = true;
    await expect(start().userOf(farAhead)).rejects.toBeInstanceOf(SessionUnavailable);
    clock.ms = NOW + GRACE_MS + MINUTE_MS - 1;
    expect(await start().userOf(ahead)).toBe('anna');
    clock.ms += 1;
    await expect(start().userOf(ahead)).rejects.toBeInstanceOf(SessionUnavailable);
  });

  it('a process whose clock is ahead lets a claim count for that much less', async () => {
    const { start, clock, line } = startScene();
    const anna = await start().signInAs('anna');
    line.isAway = true;
    clock.ms = NOW + GRACE_MS - MINUTE_MS - 1;
    expect(await start({ aheadMs: MINUTE_MS }).userOf(anna)).toBe('anna');
    clock.ms += 1;
    await expect(start({ aheadMs: MINUTE_MS }).userOf(anna)).rejects.toBeInstanceOf(SessionUnavailable);
  });

  it('claims count after the rotation of their secret', async () => {
    const { start, line } = startScene();
    const anna = await start({ secrets: ['old'] }).signInAs('anna');
    line.isAway = true;
    expect(await start({ secrets: ['new', 'old'] }).userOf(anna)).toBe('anna');
    await expect(start({ secrets: ['new'] }).userOf(anna)).rejects.toBeInstanceOf(SessionUnavailable);
  });
});

describe.skipIf(noRedis)('after Redis was emptied', () => {
  const { startScene, operator } = shareSessionRedis();

  it('whoever was verified stays signed in for the rest of the 15 minutes, in every process', async () => {
    const { start, clock } = startScene();
    const [process, other] = [start(), start()];
    const anna = await process.signInAs('anna');
    await operator().flushall();
    for (let ms = SECOND_MS; ms < GRACE_MS; ms += 10 * SECOND_MS) {
      clock.ms = NOW + ms;
      for (const each of [process, other])
        expect(await each.verified(anna)).toMatchObject({ principal: { id: 'anna' }, claim: null });
    }
    clock.ms = NOW + GRACE_MS;
    for (const each of [process, other, start()]) expect(await each.userOf(anna)).toBe(null);
  });

  it('the unknown is nobody', async () => {
    const { start } = startScene();
    const { id } = await start().signInAs('anna');
    await operator().flushall();
    expect(await start().userOf({ id, claim: null })).toBe(null);
    expect(await start().userOf({ id: 'A'.repeat(43), claim: null })).toBe(null);
  });

  it('whoever was signed out before stays out, in every process', async () => {
    const { start, clock } = startScene();
    const [process, other] = [start(), start()];
    const anna = await process.signInAs('anna');
    await other.userOf(anna);
    await process.signOut(anna.id, 'anna', false);
    await operator().flushall();
    for (const wait of [0, SECOND_MS, MINUTE_MS]) {
      clock.ms += wait;
      for (const each of [process, other]) expect(await each.userOf(anna)).toBe(null);
    }
  });

  it('whoever was signed out before stays out where Redis had said so, if the message was lost', async () => {
    const { start, clock, network } = startScene();
    const [process, other] = [start(), start()];
    const anna = await process.signInAs('anna');
    await other.userOf(anna);
    network.losesMessages = true;
    await process.signOut(anna.id, 'anna', false);
    clock.ms += SECOND_MS;
    expect(await other.userOf(anna)).toBe(null);
    await operator().flushall();
    clock.ms += SECOND_MS;
    expect(await other.userOf(anna)).toBe(null);
  });

  it.each([
    { learns: 'by its new subscription', everywhere: false },
    { learns: 'by its new subscription', everywhere: true },
    { learns: 'by a verification', everywhere: false },
    { learns: 'by a verification', everywhere: true },
  ])(
    'a sign-out that only its process remembers holds in every process once that learns of it $learns (everywhere: $everywhere)',
    async ({ learns, everywhere }) => {
      const { start, clock, network, reconnect } = startScene();
      const [process, other] = [start(), start()];
      const [anna, phone] = [await process.signInAs('anna'), await other.signInAs('anna')];
      const ben = await process.signInAs('ben');
      await other.userOf(anna);
      network.losesMessages = true;
      expect(await process.signOut(anna.id, 'anna', everywhere)).toBe('done');
      await operator().flushall();
      clock.ms += SECOND_MS;
      // Neither a message nor Redis can tell.
      expect(await other.userOf(anna)).toBe('anna');
      if (learns === 'by a verification') {
        network.losesMessages = false;
        expect(await process.userOf(ben)).toBe('ben');
      } else reconnect();
      for (const each of [process, other]) {
        await expect.poll(() => each.userOf(anna), PATIENCE).toBe(null);
        await expect.poll(() => each.userOf(phone), PATIENCE).toBe(everywhere ? null : 'anna');
        expect(await each.userOf(ben)).toBe('ben');
      }
      const later = await process.signInAs('anna');
      clock.ms += SECOND_MS;
      for (const each of [process, other, start()]) {
        expect(await each.userOf(anna)).toBe(null);
        expect(await each.userOf(later)).toBe('anna');
      }
    },
  );

  it.each([false, true])(
    'a sign-out holds in every process within the trust time, if its message is lost (everywhere: %s)',
    async (everywhere) => {
      const { start, clock, network } = startScene();
      const [process, other] = [start(), start()];
      const [anna, phone] = [await process.signInAs('anna'), await other.signInAs('anna')];
      await other.userOf(anna);
      await operator().flushall();
      clock.ms += SECOND_MS;
      expect(await other.userOf(anna)).toBe('anna');
      network.losesMessages = true;
      expect(await process.signOut(anna.id, 'anna', everywhere)).toBe('done');
      clock.ms += SECOND_MS;
      for (const each of [process, other, start()]) {
        expect(await each.userOf(anna)).toBe(null);
        expect(await each.userOf(phone)).toBe(everywhere ? null : 'anna');
      }
      const later = await process.signInAs('anna');
      for (const each of [process, other]) expect(await each.userOf(later)).toBe('anna');
    },
  );

  it('a sign-out everywhere holds in every process, also after Redis was emptied again', async () => {
    const { start, clock } = startScene();
    const [process, other] = [start(), start()];
    const [anna, phone] = [await process.signInAs('anna'), await other.signInAs('anna')];
    await operator().flushall();
    clock.ms += SECOND_MS;
    await process.signOut(anna.id, 'anna', true);
    await operator().flushall();
    for (const wait of [0, SECOND_MS]) {
      clock.ms += wait;
      for (const each of [process, other]) expect(await each.userOf(phone)).toBe(null);
    }
  });

  it('a new session is verified as before', async () => {
    const { start, clock } = startScene();
    const process = start();
    await process.signInAs('anna');
    await operator().flushall();
    const again = await process.signInAs('anna');
    await operator().del(...(await operator().keys('*')).filter((key) => !key.includes('epoch')));
    clock.ms += SECOND_MS;
    expect(await process.userOf(again)).toBe(null);
  });
});
