import type { Act, Plan } from './plan.ts';

/** The shortest part of a plan that still fails, found by leaving out acts: halves first, then one by one. */
export async function shrink(plan: Plan, fails: (plan: Plan) => Promise<boolean>): Promise<Plan> {
  let shortest = plan;
  for (let size = Math.ceil(plan.acts.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < shortest.acts.length; ) {
      const candidate = { ...shortest, acts: without(shortest.acts, from, size) };
      if (await fails(candidate)) shortest = candidate;
      else from += size;
    }
  }
  // One act may only have been needed for another that is gone by now.
  return shortest.acts.length < plan.acts.length ? shrink(shortest, fails) : shortest;
}

function without(acts: readonly Act[], from: number, count: number): readonly Act[] {
  return [...acts.slice(0, from), ...acts.slice(from + count)];
}
