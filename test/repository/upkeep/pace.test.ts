import { describe, expect, it } from 'vitest';
import { createPace } from '../../../src/repository/upkeep/pace.ts';
import { virtualTime } from './virtual-time.ts';

const going = new AbortController().signal;

function startPace(callsPerSecond: number) {
  const time = virtualTime();
  return { ...time, pace: createPace({ callsPerSecond, ...time }) };
}

describe('the pace of what nobody waits for', () => {
  it('lets the first call begin at once, and so many a second after it', async () => {
    const { pace, clock } = startPace(4);
    const beganAt: number[] = [];
    for (let call = 0; call < 5; call += 1) {
      await pace.ready(going);
      pace.begin();
      beganAt.push(clock.monotonic());
    }
    expect(beganAt).toEqual([0, 250, 500, 750, 1000]);
  });

  it('costs nothing where no call is made', async () => {
    const { pace, clock } = startPace(1);
    for (let turn = 0; turn < 100; turn += 1) await pace.ready(going);
    expect(clock.monotonic()).toBe(0);
  });

  it('makes up afterwards for calls that began without being ready', async () => {
    const { pace, clock } = startPace(10);
    for (let call = 0; call < 5; call += 1) pace.begin();
    await pace.ready(going);
    expect(clock.monotonic()).toBe(500);
  });

  it('saves nothing up while nobody calls', async () => {
    const { pace, clock, sleep } = startPace(1);
    await sleep(60_000);
    pace.begin();
    await pace.ready(going);
    expect(clock.monotonic()).toBe(61_000);
  });

  it('holds up nobody who is told to stop', async () => {
    const { pace, clock } = startPace(1);
    pace.begin();
    await pace.ready(AbortSignal.abort());
    expect(clock.monotonic()).toBe(0);
  });
});
