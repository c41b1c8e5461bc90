import { describe, expect, it } from 'vitest';
import { createMonotonic } from '../../../src/cache/clock.ts';
import { createResumption } from '../../../src/cache/redis/state.ts';
import { watchStalls } from '../../../src/cache/stalls.ts';

function createClock() {
  const clock = { ms: 1000, now: () => clock.ms };
  return clock;
}

describe('a process that was suspended', () => {
  it('notices it at the first check', () => {
    const clock = createClock();
    const stalls = watchStalls(clock.now);
    clock.ms += 300;
    expect(stalls.lastEndedAt).toBe(Number.NEGATIVE_INFINITY);
    clock.ms += 3500;
    expect(stalls.lastEndedAt).toBe(4800);
    clock.ms += 100;
    expect(stalls.lastEndedAt).toBe(4800);
    stalls.stop();
  });

  it.each(['noteAnswer', 'noteAway'] as const)('judges Redis only by trips begun since (%s)', (note) => {
    const clock = createClock();
    const stalls = { lastEndedAt: Number.NEGATIVE_INFINITY, stop: () => {} };
    const resumption = createResumption(clock.now, stalls);
    expect(resumption.isPending).toBe(false);
    clock.ms = 5000;
    stalls.lastEndedAt = 5000;
    expect(resumption.isPending).toBe(true);
    resumption[note](4999);
    expect(resumption.isPending).toBe(true);
    resumption[note](5001);
    expect(resumption.isPending).toBe(false);
    stalls.lastEndedAt = 9000;
    clock.ms = 9000;
    expect(resumption.isPending).toBe(true);
  });

  it('treats Redis as down after two seconds without a reply', () => {
    const clock = createClock();
    const resumption = createResumption(clock.now, { lastEndedAt: 1000, stop: () => {} });
    clock.ms = 2999;
    expect(resumption.isPending).toBe(true);
    clock.ms = 3000;
    expect(resumption.isPending).toBe(false);
  });
});

describe('the monotonic clock', () => {
  it('counts the time of a suspended machine, and never decreases', () => {
    const system = { elapsed: 50, wall: 1_780_000_000_000 };
    const monotonic = createMonotonic(
      () => system.elapsed,
      () => system.wall,
    );
    const pass = (elapsed: number, wall: number) => {
      system.elapsed += elapsed;
      system.wall += wall;
      return monotonic();
    };
    expect(pass(100, 100)).toBe(150);
    expect(pass(10, 4000)).toBe(4150);
    expect(pass(10, 10)).toBe(4160);
    // Set back by an hour, and corrected by a little.
    expect(pass(10, -3_600_000)).toBe(4170);
    expect(pass(10, 100)).toBe(4180);
  });
});
