import { describe, expect, it } from 'vitest';
import { inSlices } from '../../src/repository/slices.ts';

describe('work in slices', () => {
  it('processes items in order, and yields to other work in between', async () => {
    const done: number[] = [];
    const doneWhenAnotherWent: number[] = [];
    const another = () => {
      doneWhenAnotherWent.push(done.length);
      if (done.length < 1000) setImmediate(another);
    };
    setImmediate(another);
    await inSlices(
      Array.from({ length: 1000 }, (_, index) => index),
      (each) => done.push(each),
    );
    expect(done).toEqual(Array.from({ length: 1000 }, (_, index) => index));
    expect(doneWhenAnotherWent.slice(0, 5)).toEqual([200, 400, 600, 800, 1000]);
  });

  it('resolves at once for no items', async () => {
    const done: number[] = [];
    await inSlices<number>([], (each) => done.push(each));
    expect(done).toEqual([]);
  });
});
