import type { Act, Plan } from './plan.ts';

/** The shortest part of a plan that still fails, found by removing acts: halves first, then single acts. */
export async function shrink(plan: Plan, fails: (plan: Plan) => Promise<boolean>): Promise<Plan> {
  let shortest = plan;
  for (let size = Math.ceil(plan.acts.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < shortest.acts.length; ) {
      const candidate = { ...shortest, acts: without(shortest.acts, from, size) };
      if (await fails(candidate)) shortest = candidate;
      else from += size;
    }
  }
  // Repeat, because an act may have been needed only for another act that is removed by now.
  return shortest.acts.length < plan.acts.length ? shrink(shortest, fails) : shortest;
}

function without(acts: readonly Act[], from: number, count: number): readonly Act[] {
  return [...acts.slice(0, from), ...acts.slice(from + count)];
}
