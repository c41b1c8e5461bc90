import { describe, expect, it } from 'vitest';
import { createSingleFlight } from '../../src/cache/engine/single-flight.ts';

describe('a flight', () => {
  it('gives all who join it one result, and ends as it settles', async () => {
    const flights = createSingleFlight<string, number>();
    expect(flights.join('a')).toBeUndefined();
    const { promise, resolve } = Promise.withResolvers<number>();
    const all = [flights.add('a', promise), flights.join('a'), flights.join('a')];
    expect([flights.has('a'), flights.has('b'), flights.size]).toEqual([true, false, 1]);
    resolve(1);
    expect(await Promise.all(all)).toEqual([1, 1, 1]);
    expect([flights.join('a'), flights.size]).toEqual([undefined, 0]);
  });

  it('that fails is shared too, and ends', async () => {
    const flights = createSingleFlight<string, number>();
    const { promise, reject } = Promise.withResolvers<number>();
    flights.add('a', promise).catch(() => {});
    const joined = flights.join('a');
    reject(new Error('no'));
    await expect(joined).rejects.toThrow('no');
    expect(flights.size).toBe(0);
  });

  it('is joined only by callers that accept what it started from', () => {
    const flights = createSingleFlight<string, number, { readonly at: number }>();
    const promise = new Promise<number>(() => {});
    flights.add('a', promise, { at: 5 });
    expect(flights.join('a', ({ at }) => at >= 5)).toBe(promise);
    expect(flights.join('a', ({ at }) => at > 5)).toBeUndefined();
  });

  it('does not end the newer flight that has replaced it', async () => {
    const flights = createSingleFlight<string, number>();
    const older = Promise.withResolvers<number>();
    flights.add('a', older.promise);
    const newer = new Promise<number>(() => {});
    flights.add('a', newer);
    older.resolve(1);
    await older.promise;
    expect(flights.join('a')).toBe(newer);
  });

  it('that is detached is joined by nobody, and gives its result to those who have joined', async () => {
    const flights = createSingleFlight<string, number, { readonly tag: string }>();
    const { promise, resolve } = Promise.withResolvers<number>();
    const joined = [flights.add('a', promise, { tag: 'x' }), flights.join('a')];
    flights.add('b', promise, { tag: 'y' });
    flights.detach(({ tag }) => tag === 'x');
    expect([flights.has('a'), flights.has('b')]).toEqual([false, true]);
    resolve(1);
    expect(await Promise.all(joined)).toEqual([1, 1]);
  });
});
