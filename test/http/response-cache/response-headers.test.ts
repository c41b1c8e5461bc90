import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Derived } from '../../../src/cache/engine/derived.ts';
import { createResponseHeaders } from '../../../src/http/response-cache/response-headers.ts';
import {
  createStoredResponse,
  type StoredResponse,
  type Variant,
} from '../../../src/http/response-cache/stored-response.ts';

const answer = createStoredResponse('application/json', Buffer.from('{"data":{}}'), 1);

/** The values that a downstream cache reads from the headers, in seconds. */
function readHeaders(list: readonly string[]) {
  const headerOf = (name: string) => list[list.indexOf(name) + 1] ?? '';
  const cacheControl = headerOf('Cache-Control');
  return {
    ttl: Number(/; ttl=(-?\d+)/.exec(headerOf('Cache-Status'))?.[1]),
    age: Number(headerOf('Age')),
    maxAge: Number(/max-age=(\d+)/.exec(cacheControl)?.[1]),
    isPrivate: cacheControl.startsWith('private'),
  };
}

// Times just below and above whole seconds. Their fractions are exact in binary, so that no sum is rounded.
const nearSecond = fc
  .tuple(fc.integer({ min: 0, max: 5 }), fc.constantFrom(-1, -0.5, -0.25, 0, 0.25, 0.5, 1, 250, 999))
  .map(([seconds, rest]) => Math.max(0, 1000 * seconds + rest));
const step = fc.oneof(nearSecond, fc.constantFrom(0, 0.25, 0.5, 1, 999, 999.75, 1000, 1000.25));

const cases = fc.record({
  start: fc.oneof(fc.constant(0), nearSecond, fc.integer({ min: 0, max: 1e9 })),
  freshMs: fc.oneof(nearSecond, fc.constant(600_000)),
  staleMs: nearSecond,
  steps: fc.array(fc.tuple(step, fc.constantFrom<'public' | 'private'>('public', 'private')), {
    minLength: 1,
    maxLength: 20,
  }),
  kind: fc.constantFrom({}, {}, {}, { tooSoon: true }, { afterFailure: true }),
});

describe('the headers of a hit', () => {
  it('never overstate the remaining lifetime or understate the age', async () => {
    const variant = (await answer.variant('identity')) as Variant;
    fc.assert(
      fc.property(cases, ({ start, freshMs, staleMs, steps, kind }) => {
        const headersOf = createResponseHeaders({ vary: 'Accept', surrogateKeys: false });
        const freshUntil = start + freshMs;
        const staleUntil = freshUntil + staleMs;
        const times = { loadBeganAt: start, freshUntil, staleUntil };
        const derived: Derived<StoredResponse> = { value: answer, tags: [], kept: true, ...times };
        let now = start;
        for (const [ms, audience] of steps) {
          now += ms;
          const leftMs = freshUntil - now;
          const outcome = { kind: 'hit', ttlSeconds: leftMs / 1000, ...kind } as const;
          const list = headersOf(variant, answer, derived, audience, outcome, now);
          const { ttl, age, maxAge, isPrivate } = readHeaders(list);
          expect(ttl * 1000).toBeLessThanOrEqual(leftMs);
          expect(age * 1000).toBeGreaterThanOrEqual(now - start);
          expect(ttl).toBeLessThanOrEqual(maxAge - age);
          // They are as close as whole seconds allow: two values are rounded.
          expect(ttl * 1000).toBeGreaterThan(leftMs - 2000);
          expect(age * 1000).toBeLessThan(now - start + 1000);
          expect(isPrivate).toBe(audience === 'private');
          // Memoized headers equal newly created ones.
          const createdAgain = createResponseHeaders({ vary: 'Accept', surrogateKeys: false });
          expect(list).toEqual(createdAgain(variant, answer, derived, audience, outcome, now));
        }
      }),
      { numRuns: 2000, seed: 38 },
    );
  });

  it('give age 0 if the clock of the loading process is ahead', async () => {
    const variant = (await answer.variant('identity')) as Variant;
    const headersOf = createResponseHeaders({ vary: 'Accept', surrogateKeys: false });
    const times = { loadBeganAt: 1500, freshUntil: 11_500, staleUntil: 20_000 };
    const derived: Derived<StoredResponse> = { value: answer, tags: [], kept: true, ...times };
    const outcome = { kind: 'hit', ttlSeconds: 11.5 } as const;
    const seen = [0, 1500, 1500.5, 2500, 2501].map((now) => {
      const { ttl, age } = readHeaders(headersOf(variant, answer, derived, 'public', outcome, now));
      return [ttl, age];
    });
    expect(seen).toEqual([
      [10, 0],
      [10, 0],
      [9, 1],
      [9, 1],
      [8, 2],
    ]);
  });
});
