import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkedTags,
  defineKeyClass,
  InvalidDefinition,
  type Policy,
} from '../../src/cache/engine/key-class.ts';

const codec = { toJson: (value: unknown) => value, fromJson: (json: unknown) => json };

function define(policy: Policy, name = 'words') {
  return defineKeyClass({ name, key: (id: number) => `word_${id}`, tags: () => ['words'], policy, codec });
}

describe('a key class', () => {
  it.each([
    [{ freshMs: -1, staleMs: 0 }, 'freshMs must be a whole number from 0 to 2147483647, not -1'],
    [{ freshMs: Number.NaN, staleMs: 0 }, 'freshMs must be a whole number from 0 to 2147483647, not NaN'],
    [
      { freshMs: 1, staleMs: 1, pauseMs: 0.5 },
      'pauseMs must be a whole number from 0 to 2147483647, not 0.5',
    ],
    [{ freshMs: 1, staleMs: 2 ** 31 }, 'staleMs must be a whole number from 0 to 2147483647, not 2147483648'],
    [{ freshMs: 10, staleMs: 9 }, 'staleMs (9) must not be less than freshMs (10)'],
    [
      { freshMs: 1, staleMs: 1, absent: { freshMs: 5, staleMs: 1 } },
      'absent.staleMs (1) must not be less than absent.freshMs (5)',
    ],
    [{ freshMs: 1, staleMs: 1, jitter: 1 }, 'jitter must be at least 0 and less than 1, not 1'],
    [
      { freshMs: 1, staleMs: 1, hardTimeoutMs: -5 },
      'hardTimeoutMs must be a whole number from 0 to 2147483647, not -5',
    ],
    [
      { freshMs: 1, staleMs: 1, maxBytes: Number.POSITIVE_INFINITY },
      'maxBytes must be a whole number from 0 to 2147483647, not Infinity',
    ],
  ])('rejects the policy %j: %s', (policy, message) => {
    expect(() => define(policy)).toThrow(InvalidDefinition);
    expect(() => define(policy)).toThrow(`Key class "words": ${message}.`);
  });

  it.each(['', 'Words', 'two words', 'a{b}'])('rejects the name %j', (name) => {
    expect(() => define({ freshMs: 1, staleMs: 1 }, name)).toThrow(`Key class "${name}"`);
  });

  it('accepts every policy with ordered times, and rejects all others', () => {
    const policy = fc.record({
      freshMs: fc.integer({ min: -10, max: 1000 }),
      staleMs: fc.integer({ min: -10, max: 1000 }),
    });
    fc.assert(
      fc.property(policy, ({ freshMs, staleMs }) => {
        const inOrder = freshMs >= 0 && staleMs >= freshMs;
        if (inOrder) expect(define({ freshMs, staleMs }).policy).toMatchObject({ freshMs, staleMs });
        else expect(() => define({ freshMs, staleMs })).toThrow(InvalidDefinition);
      }),
    );
  });
});

describe('tags of an entry', () => {
  it('are stored once each', () => {
    expect(checkedTags(['a', 'b', 'a'])).toEqual(['a', 'b']);
  });

  it.each(['', ' ', 'a b', 'a{b', 'a}', 'x'.repeat(201)])('are rejected if one is %j', (tag) => {
    expect(() => checkedTags(['ok', tag])).toThrow(InvalidDefinition);
  });
});
