import { describe, expect, it } from 'vitest';
import type { Command, Reply } from '../../src/cache/redis/port.ts';
import { createRefusals } from '../../src/cache/redis/refusals.ts';

const GET: Command = ['GET', 'a'];
const SET: Command = ['SET', 'a', 'b'];
const FILL: Command = ['EVAL', 'fill', 1, 'a'];
const RELEASE: Command = ['EVAL', 'release', 1, 'a'];
const full = new Error('OOM command not allowed');

describe('what Redis refuses', () => {
  it('is told once, however often it is refused and whatever else is taken in between', () => {
    const refusals = createRefusals();
    const told = [
      refusals.note([GET, SET], ['x', full]),
      refusals.note([GET], ['x']),
      refusals.note([SET, FILL], [full, full]),
      refusals.note([RELEASE], [1]),
      refusals.note([FILL], [full]),
    ];
    expect(told).toEqual([full, undefined, undefined, undefined, undefined]);
  });

  it('is told again when any of it has been taken meanwhile: some of it may never be sent again', () => {
    const refusals = createRefusals();
    const again = new Error('READONLY');
    const trips: readonly (readonly [readonly Command[], readonly Reply[]])[] = [
      [
        [SET, RELEASE],
        [full, full],
      ],
      [[SET], ['OK']],
      [[SET], [again]],
    ];
    const told = trips.map(([commands, replies]) => refusals.note(commands, replies));
    expect(told).toEqual([full, undefined, again]);
  });

  it('is not a key of another type', () => {
    expect(createRefusals().note([GET], [new Error('WRONGTYPE Operation against a key')])).toBeUndefined();
  });
});
