import { describe, expect, it } from 'vitest';
import { createMemorySessions } from '../../src/auth/memory-sessions.ts';
import type { Session, SessionStore } from '../../src/auth/session-store.ts';
import { SessionUnavailable } from '../../src/domain/errors.ts';
import { noRedis } from '../support/redis.ts';
import { redisForTest, redisStateOf } from '../support/redis-state.ts';
import {
  createSessionProcesses,
  createSessionScene,
  IDLE_MS,
  MAX_MS,
  MINUTE_MS,
  NOW,
  PLACE,
} from '../support/session-processes.ts';

/** A store that counts how often it is asked. */
function counted(store: SessionStore) {
  const asked: string[] = [];
  return {
    asked,
    store: {
      ...store,
      find(hash: string) {
        asked.push(hash);
        return store.find(hash);
      },
    },
  };
}

async function start(kind: 'memory' | 'Redis') {
  const scene =
    kind === 'Redis' ? createSessionScene((await redisStateOf(await redisForTest())).client) : null;
  const { clock, start: startProcess } = scene ?? createSessionProcesses();
  const memoryClock = { now: () => clock.ms, monotonic: () => clock.ms - NOW };
  const { store, asked } = counted(
    scene?.store ?? createMemorySessions({ idleMs: IDLE_MS, clock: memoryClock }),
  );
  return { clock, asked, process: startProcess({ store, secrets: kind === 'Redis' ? ['secret'] : null }) };
}

describe.each(['memory', ...(noRedis ? [] : (['Redis'] as const))] as const)('sessions in %s', (kind) => {
  it('have an id of 256 random bits, a new one at each sign-in, and never one that a client chose', async () => {
    const { process, clock } = await start(kind);
    const chosen = { id: 'A'.repeat(43), claim: null };
    expect(await process.userOf(chosen)).toBe(null);
    const first = await process.signInAs('anna');
    const second = await process.signInAs('anna');
    for (const { id } of [first, second]) expect(id).toMatch(/^[\w-]{43}$/);
    expect(new Set([chosen.id, first.id, second.id]).size).toBe(3);
    expect(first.principal).toEqual({
      ...{ id: 'anna', name: 'anna', kind: 'user' },
      ...{ signedInAt: NOW, expiresAt: NOW + MAX_MS },
    });
    clock.ms += 1000;
    expect(await process.userOf(first)).toBe('anna');
    expect(await process.userOf(chosen)).toBe(null);
  });

  it('are not asked for by an id of another form', async () => {
    const { process, asked } = await start(kind);
    for (const id of ['', 'a', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}=`, 'Ä'.repeat(43)]) {
      expect(process.verify({ id, claim: null })).toEqual({ principal: null, claim: null });
      expect(await process.signOut(id, null, false)).toBe('done');
    }
    expect(asked).toEqual([]);
  });

  it('are verified without a question for a second, and by one question after it', async () => {
    const { process, clock, asked } = await start(kind);
    const anna = await process.signInAs('anna');
    for (let turn = 1; turn <= 3; turn += 1) {
      clock.ms += 999;
      expect(process.verify(anna)).not.toBeInstanceOf(Promise);
      clock.ms += 1;
      await Promise.all(Array.from({ length: 50 }, () => process.verified(anna)));
      expect(asked).toHaveLength(turn);
    }
  });

  it('end at their absolute expiry, however much they are used', async () => {
    const { process, clock } = await start(kind);
    const anna = await process.signInAs('anna');
    for (let used = 0; used < MAX_MS - 1; used += IDLE_MS / 2) {
      clock.ms = NOW + used;
      expect(await process.userOf(anna)).toBe('anna');
    }
    clock.ms = NOW + MAX_MS - 1;
    expect(await process.userOf(anna)).toBe('anna');
    clock.ms = NOW + MAX_MS;
    expect(await process.userOf(anna)).toBe(null);
    expect(process.ended).toMatchObject([{ id: 'anna' }]);
  });

  it('are at most a hundred of a user, and the oldest is dropped', async () => {
    const { process, clock } = await start(kind);
    const ben = await process.signInAs('ben');
    const all = [];
    for (let i = 0; i < 102; i += 1) {
      clock.ms += 1;
      all.push(await process.signInAs('anna'));
    }
    clock.ms += 1000;
    const users = await Promise.all(all.map(process.userOf));
    expect(users.slice(0, 2)).toEqual([null, null]);
    expect(users.slice(2).filter((user) => user === 'anna')).toHaveLength(100);
    expect(await process.userOf(ben)).toBe('ben');
  });

  it('end by a sign-out: one, or all of the user, and none of another user or of a later sign-in', async () => {
    const { process, clock } = await start(kind);
    const [one, two, three, ben] = [
      await process.signInAs('anna'),
      await process.signInAs('anna'),
      await process.signInAs('anna'),
      await process.signInAs('ben'),
    ];
    expect(await process.signOut(one.id, 'anna', false)).toBe('done');
    expect(await process.userOf(one)).toBe(null);
    expect(await process.userOf(two)).toBe('anna');
    clock.ms += 1000;
    expect(await process.signOut(two.id, 'anna', true)).toBe('done');
    const later = await process.signInAs('anna');
    for (const wait of [0, 1000]) {
      clock.ms += wait;
      expect(await Promise.all([one, two, three, ben, later].map(process.userOf))).toEqual([
        ...[null, null, null],
        ...['ben', 'anna'],
      ]);
    }
    expect(process.ended).toHaveLength(3);
    expect(process.events.filter(({ type }) => type === 'signed-out')).toEqual([
      { type: 'signed-out', everywhere: false, outcome: 'done' },
      { type: 'signed-out', everywhere: true, outcome: 'done' },
    ]);
  });

  it('are listed by user, who signed in last first, without their ids', async () => {
    const { process, clock } = await start(kind);
    const ids: string[] = [];
    for (const user of ['anna', 'ben', 'anna', 'cleo']) {
      clock.ms += 1;
      ids.push((await process.signInAs(user)).id);
    }
    const list = await process.list(2);
    expect(list.map(({ userId }) => userId)).toEqual(['cleo', 'anna', 'anna']);
    expect(list[0]).toMatchObject({ ...PLACE, userName: 'cleo', signedInAt: NOW + 4 });
    for (const id of ids) expect(JSON.stringify(list)).not.toContain(id);
    const [cleo] = list as [Session];
    expect(await process.revoke({ hash: cleo.hash })).toBe('done');
    expect(await process.revoke({ userId: 'anna' })).toBe('done');
    expect((await process.list(9)).map(({ userId }) => userId)).toEqual(['ben']);
  });
});

describe('sessions in memory', () => {
  it('end when they are idle, and use renews them', async () => {
    const { process, clock } = await start('memory');
    const [used, idle] = [await process.signInAs('anna'), await process.signInAs('anna')];
    for (let turn = 0; turn < 4; turn += 1) {
      clock.ms += IDLE_MS / 2;
      expect(await process.userOf(used)).toBe('anna');
    }
    expect(await process.userOf(idle)).toBe(null);
    clock.ms += IDLE_MS;
    expect(await process.userOf(used)).toBe(null);
  });
});

/** A store with nothing in it, which takes and finds everything, and can be away. */
function createEndlessStore() {
  const removed = new Set<string>();
  const line = { isAway: false };
  const guard = async <T>(reply: T): Promise<T> => {
    if (line.isAway) throw new Error('the test took the store away');
    return reply;
  };
  const store: SessionStore = {
    add: () => guard('epoch'),
    find: () => guard({ session: null, epoch: 'epoch', isEnded: false }),
    renew: () => guard(undefined),
    async remove(hash) {
      await guard(undefined);
      removed.add(hash);
    },
    endUser: () => guard(undefined),
    endedAt: () => guard(null),
    recentlyEnded: () => guard([]),
    ofUser: () => guard([]),
    list: () => guard([]),
  };
  return { store, line, removed };
}

describe('the memory of a process', () => {
  it('holds 20,000 sessions at most', async () => {
    const { store } = createEndlessStore();
    const process = createSessionProcesses().start({ store, secrets: null });
    for (let i = 0; i < 20_100; i += 1) await process.signInAs(`user ${i}`);
    expect(process.usage()).toEqual({ known: 20_000, pending: 0 });
  });

  it('holds 10,000 sign-outs at most until the store is back, each once, and then carries all of them out', async () => {
    const { store, line, removed } = createEndlessStore();
    const { start: startProcess, clock } = createSessionProcesses();
    const process = startProcess({ store, secrets: null });
    const anna = await process.signInAs('anna');
    line.isAway = true;
    const idOf = (number: number) => String(number).padStart(43, '0');
    // Ids that nobody can judge have a tenth of the places.
    for (let number = 0; number < 1000; number += 1)
      expect(await process.signOut(idOf(number), null, false)).toBe('kept');
    await expect(process.signOut(idOf(1000), null, false)).rejects.toBeInstanceOf(SessionUnavailable);
    for (let number = 1000; number < 9_999; number += 1)
      expect(await process.signOut(idOf(number), 'ben', false)).toBe('kept');
    expect(await process.signOut(anna.id, 'anna', false)).toBe('kept');
    expect(await process.signOut(anna.id, 'anna', false)).toBe('kept');
    await expect(process.signOut(idOf(9_999), 'ben', false)).rejects.toBeInstanceOf(SessionUnavailable);
    expect(process.usage().pending).toBe(10_000);
    // Longer than anything is remembered that was carried out.
    clock.ms += 30 * MINUTE_MS;
    expect(await process.userOf(anna)).toBe(null);
    line.isAway = false;
    await expect.poll(() => process.usage().pending, { timeout: 10_000 }).toBe(0);
    expect(removed.size).toBe(10_000);
    expect(process.events.at(-1)).toEqual({ type: 'sign-outs-carried-out' });
  });
});
