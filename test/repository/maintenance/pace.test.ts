import { describe, expect, it } from 'vitest';
import { createPace } from '../../../src/repository/maintenance/pace.ts';
import { heldSleep } from './held-sleep.ts';
import { virtualTime } from './virtual-time.ts';

const going = new AbortController().signal;

function startPace(callsPerSecond: number) {
  const time = virtualTime();
  const pace = createPace({ callsPerSecond, ...time });
  return { ...time, pace, pacer: pace.pacer(going) };
}

describe('the pace of what nobody waits for', () => {
  it('lets the first call begin at once, and so many a second after it', async () => {
    const { pacer, clock } = startPace(4);
    const beganAt: number[] = [];
    for (let call = 0; call < 5; call += 1) {
      await pacer.ready();
      beganAt.push(clock.monotonic());
    }
    expect(beganAt).toEqual([0, 250, 500, 750, 1000]);
  });

  it('gives calls that are wanted at once a place each, whosoever they are', () => {
    const { sleep, waits } = heldSleep();
    const pace = createPace({ callsPerSecond: 4, clock: { monotonic: () => 0 }, sleep });
    const [one, other] = [pace.pacer(going), pace.pacer(going)];
    for (const pacer of [one, other, one, one]) void pacer.ready();
    expect(waits()).toEqual([250, 500, 750]);
  });

  it('costs nothing where no call is made', async () => {
    const { pace, clock } = startPace(1);
    for (let turn = 0; turn < 100; turn += 1) await pace.free(going);
    expect(clock.monotonic()).toBe(0);
  });

  it('is free when whatever has a place has begun', async () => {
    const { pace, pacer, clock } = startPace(1);
    await pacer.ready();
    await pace.free(going);
    expect(clock.monotonic()).toBe(1000);
  });

  it('makes up afterwards for calls that were not held up', async () => {
    const { pacer, clock } = startPace(10);
    for (let call = 0; call < 5; call += 1) pacer.note();
    await pacer.ready();
    expect(clock.monotonic()).toBe(500);
  });

  it('saves nothing up while nobody calls', async () => {
    const { pacer, clock, sleep } = startPace(1);
    await sleep(60_000);
    pacer.note();
    await pacer.ready();
    expect(clock.monotonic()).toBe(61_000);
  });

  it('holds up nobody who is told to stop', async () => {
    const { pace, clock } = startPace(1);
    const pacer = pace.pacer(AbortSignal.abort());
    pacer.note();
    await pacer.ready();
    await pace.free(AbortSignal.abort());
    expect(clock.monotonic()).toBe(0);
  });
});
