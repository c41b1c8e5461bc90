import { expect, it } from 'vitest';
import type { HttpEvent } from '../../src/http/events.ts';
import type { LiveAnswer } from '../../src/http/live/answer.ts';
import { createQuestion } from '../../src/http/live/question.ts';
import type { Outlet } from '../../src/http/live/subscriber.ts';
import { createSubscriber } from '../../src/http/live/subscriber.ts';

type State = ReturnType<LiveAnswer['watched']['state']>;

/** An answer whose state the test decides. */
function answer(
  text: string,
  { tags = ['sellers'], codes = [] as LiveAnswer['codes'], loadBeganAt = 0 } = {},
) {
  const made = { state: 'current' as State };
  const live: LiveAnswer = {
    bytes: Buffer.from(text),
    codes,
    watched: { tags, loadBeganAt, state: () => made.state },
  };
  return {
    live,
    become(state: State) {
      made.state = state;
    },
  };
}

function start(first: LiveAnswer) {
  const events: HttpEvent[] = [];
  const clock = { ms: 0, monotonic: () => clock.ms };
  const renewals: PromiseWithResolvers<LiveAnswer>[] = [];
  const question = createQuestion(first, {
    query: {
      ...{ key: 'key', operation: null },
      renew() {
        const renewal = Promise.withResolvers<LiveAnswer>();
        renewals.push(renewal);
        return renewal.promise;
      },
    },
    ...{ clock, report: (event) => events.push(event) },
  });
  const client = connect(clock);
  question.add(client.subscriber, first);
  return { clock, events, question, renewals, ...client, settle: () => new Promise(setImmediate) };
}

/** A client that takes frames when the test lets it. */
function connect(clock: { monotonic(): number }) {
  const frames: string[] = [];
  const unsent: (() => void)[] = [];
  let cut = false;
  const outlet: Outlet = {
    transport: 'sse',
    write(bytes, sent) {
      frames.push(String(bytes));
      unsent.push(sent);
    },
    heartbeat: () => void frames.push('heartbeat'),
    end() {},
    cut() {
      cut = true;
    },
  };
  const take = () => unsent.shift()?.();
  return { subscriber: createSubscriber(outlet, clock), frames, take, isCut: () => cut };
}

it('a failure is renewed when a tag of the last whole response is invalidated', async () => {
  const first = answer('first');
  const { question, renewals, settle } = start(first.live);
  first.become('invalid');
  question.check(true);
  renewals[0]?.resolve(answer('failed', { tags: [], codes: ['UPSTREAM_UNAVAILABLE'] }).live);
  await settle();
  expect([...question.tags]).toEqual(['sellers']);
  question.check(false);
  expect(renewals).toHaveLength(1);
  question.check(true);
  expect(renewals).toHaveLength(2);
});

it('a failure is tried again after 1, 2, 4 and then each 8 seconds', async () => {
  const failure = answer('failed', { tags: [], codes: ['UPSTREAM_UNAVAILABLE'] }).live;
  const { clock, question, renewals, settle } = start(failure);
  for (const seconds of [1, 2, 4, 8, 8]) {
    const before = renewals.length;
    clock.ms += seconds * 1000 - 1;
    question.check(false);
    expect(renewals).toHaveLength(before);
    clock.ms += 1;
    question.check(false);
    expect(renewals).toHaveLength(before + 1);
    renewals.at(-1)?.resolve(failure);
    await settle();
  }
});

it('a change during a renewal leads to one more, and a response that is invalid again does not spin', async () => {
  const first = answer('first');
  const { question, renewals, settle } = start(first.live);
  first.become('invalid');
  for (let change = 0; change < 5; change += 1) question.check(true);
  expect(renewals).toHaveLength(1);
  const second = answer('second', { loadBeganAt: 1 });
  second.become('invalid');
  renewals[0]?.resolve(second.live);
  await settle();
  expect(renewals).toHaveLength(2);
  for (const renewal of [1, 2, 3]) {
    renewals[renewal]?.resolve(second.live);
    await settle();
  }
  expect(renewals.length).toBeLessThanOrEqual(4);
});

it('an older response that somebody offers is not shown', () => {
  const first = answer('first', { loadBeganAt: 10 });
  const { question, frames, take } = start(first.live);
  take();
  question.offer(answer('older', { loadBeganAt: 5 }).live);
  expect(frames).toEqual(['first']);
  question.offer(answer('newer', { loadBeganAt: 15 }).live);
  expect(frames).toEqual(['first', 'newer']);
});

it('a slow client holds one frame that waits, the newest, and is not sent what it has', () => {
  const clock = { ms: 0, monotonic: () => clock.ms };
  const { subscriber, frames, take, isCut } = connect(clock);
  let sent = 0;
  const count = () => {
    sent += 1;
  };
  const deliver = (text: string) => subscriber.deliver(Buffer.from(text), count);
  expect(['a', 'b', 'c', 'c', 'd'].map(deliver)).toEqual([
    'sent',
    'waiting',
    'replaced',
    'unchanged',
    'replaced',
  ]);
  take();
  expect([frames, sent]).toEqual([['a', 'd'], 4]);
  // Back to what is being sent: nothing is left to say.
  expect([deliver('e'), deliver('d')]).toEqual(['waiting', 'replaced']);
  take();
  expect([frames, sent]).toEqual([['a', 'd'], 7]);
  clock.ms += 15_000;
  expect(subscriber.tend()).toBe(false);
  expect(frames.at(-1)).toBe('heartbeat');
  deliver('f');
  deliver('g');
  clock.ms += 29_999;
  expect(subscriber.tend()).toBe(false);
  clock.ms += 1;
  expect(subscriber.tend()).toBe(true);
  expect(isCut()).toBe(true);
  subscriber.closed();
  expect(sent).toBe(9);
});

it('the lateness of a change during a renewal includes its wait for that renewal', async () => {
  const first = answer('first');
  const { clock, events, question, renewals, settle, take } = start(first.live);
  take();
  first.become('invalid');
  question.check(true);
  clock.ms = 100;
  question.check(true);
  const second = answer('second', { loadBeganAt: 1 });
  second.become('invalid');
  clock.ms = 300;
  renewals[0]?.resolve(second.live);
  await settle();
  take();
  clock.ms = 700;
  const third = answer('third', { loadBeganAt: 2 });
  renewals[1]?.resolve(third.live);
  await settle();
  take();
  // A wake after which the response is still current makes no later change late.
  question.check(true);
  clock.ms = 5000;
  third.become('stale');
  question.check(false);
  clock.ms = 5200;
  renewals[2]?.resolve(answer('fourth', { loadBeganAt: 3 }).live);
  await settle();
  take();
  const lateness = events.flatMap((event) => (event.type === 'live-delivered' ? event.latenessMs : []));
  expect(lateness).toEqual([300, 600, 200]);
});
