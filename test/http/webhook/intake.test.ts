import { describe, expect, it } from 'vitest';
import { InvalidationNotAcknowledged } from '../../../src/domain/errors.ts';
import { createIntake } from '../../../src/http/webhook/intake.ts';
import { signal, textOf } from './webhook-gateway.ts';

const BODY = Buffer.from(textOf(signal()));
const TAKEN = { kind: 'taken', accepted: 1, tags: 3, at: 1000 };

/** An intake whose invalidations end when the test acknowledges or refuses them. */
function start() {
  const invalidations: PromiseWithResolvers<{ tags: number; at: number }>[] = [];
  const { take } = createIntake({
    signals: {
      take() {
        const invalidation = Promise.withResolvers<{ tags: number; at: number }>();
        invalidations.push(invalidation);
        return invalidation.promise;
      },
    },
  });
  const begun = (count: number) => expect.poll(() => invalidations.length, { timeout: 60_000 }).toBe(count);
  return {
    take,
    begun,
    acknowledge: (index: number) => invalidations[index]?.resolve({ tags: 3, at: 1000 }),
    refuse: (index: number) => invalidations[index]?.reject(new InvalidationNotAcknowledged('no')),
  };
}

describe('a duplicate of a delivery in progress', () => {
  it('gets the result of the first; a later duplicate is processed again', async () => {
    const { take, begun, acknowledge } = start();
    const both = [take('a', BODY), take('a', BODY)];
    await begun(1);
    both.push(take('a', BODY));
    acknowledge(0);
    expect(await Promise.all(both)).toEqual([TAKEN, TAKEN, TAKEN]);
    const again = take('a', BODY);
    await begun(2);
    acknowledge(1);
    expect(await again).toEqual(TAKEN);
  });

  it('fails if the first fails; a later duplicate is processed', async () => {
    const { take, begun, acknowledge, refuse } = start();
    const both = Promise.allSettled([take('a', BODY), take('a', BODY)]);
    await begun(1);
    refuse(0);
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const again = take('a', BODY);
    await begun(2);
    acknowledge(1);
    expect(await again).toEqual(TAKEN);
  });

  it('does not delay a different delivery', async () => {
    const { take, begun, acknowledge } = start();
    const [first, other] = [take('a', BODY), take('b', BODY)];
    await begun(2);
    acknowledge(1);
    expect(await other).toEqual(TAKEN);
    acknowledge(0);
    expect(await first).toEqual(TAKEN);
  });
});
