import { describe, expect, it } from 'vitest';
import type { Command, Reply } from '../../../src/cache/redis/commands.ts';
import { createRefusals } from '../../../src/cache/redis/state.ts';

const GET: Command = ['GET', 'a'];
const SET: Command = ['SET', 'a', 'b'];
const FILL: Command = ['EVAL', 'fill', 1, 'a'];
const RELEASE: Command = ['EVAL', 'release', 1, 'a'];
const full = new Error('OOM command not allowed');

describe('commands refused by Redis', () => {
  it('are reported once, however often they are refused, with successes of others between', () => {
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

  it('are reported again after one of them succeeded', () => {
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

  it('do not include keys of another type', () => {
    expect(createRefusals().note([GET], [new Error('WRONGTYPE Operation against a key')])).toBeUndefined();
  });
});
