import { describe, expect, it } from 'vitest';
import { createPace } from '../../../src/repository/maintenance/rate-limiter.ts';
import { heldSleep } from './held-sleep.ts';
import { virtualTime } from './virtual-time.ts';

const going = new AbortController().signal;

function startPace(callsPerSecond: number) {
  const time = virtualTime();
  const pace = createPace({ callsPerSecond, ...time });
  return { ...time, pace, pacer: pace.pacer(going) };
}

describe('the pace of background work', () => {
  it('starts the first call at once, then a fixed number a second', async () => {
    const { pacer, clock } = startPace(4);
    const beganAt: number[] = [];
    for (let call = 0; call < 5; call += 1) {
      await pacer.ready();
      beganAt.push(clock.monotonic());
    }
    expect(beganAt).toEqual([0, 250, 500, 750, 1000]);
  });

  it('gives concurrent calls a slot each, whoever makes them', () => {
    const { sleep, waits } = heldSleep();
    const pace = createPace({ callsPerSecond: 4, clock: { monotonic: () => 0 }, sleep });
    const [one, other] = [pace.pacer(going), pace.pacer(going)];
    for (const pacer of [one, other, one, one]) void pacer.ready();
    expect(waits()).toEqual([250, 500, 750]);
  });

  it('uses no slot if no call is made', async () => {
    const { pace, clock } = startPace(1);
    for (let turn = 0; turn < 100; turn += 1) await pace.free(going);
    expect(clock.monotonic()).toBe(0);
  });

  it('is free once every reserved call has begun', async () => {
    const { pace, pacer, clock } = startPace(1);
    await pacer.ready();
    await pace.free(going);
    expect(clock.monotonic()).toBe(1000);
  });

  it('delays later calls after calls that were not delayed', async () => {
    const { pacer, clock } = startPace(10);
    for (let call = 0; call < 5; call += 1) pacer.note();
    await pacer.ready();
    expect(clock.monotonic()).toBe(500);
  });

  it('does not accumulate unused slots', async () => {
    const { pacer, clock, sleep } = startPace(1);
    await sleep(60_000);
    pacer.note();
    await pacer.ready();
    expect(clock.monotonic()).toBe(61_000);
  });

  it('stops delaying after an abort', async () => {
    const { pace, clock } = startPace(1);
    const pacer = pace.pacer(AbortSignal.abort());
    pacer.note();
    await pacer.ready();
    await pace.free(AbortSignal.abort());
    expect(clock.monotonic()).toBe(0);
  });
});
