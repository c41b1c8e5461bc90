import type { Entry } from './entry.ts';
import type { Generations } from './generations.ts';

/** What something is valid by. */
export type Dependencies = Pick<Entry<unknown>, 'tags' | 'generations'>;

/** Valid where all are; invalid where one is. */
export function judgeAll(
  generations: Generations,
  dependencies: readonly Dependencies[],
): ReturnType<Generations['judge']> {
  let verdict: ReturnType<Generations['judge']> = 'valid';
  for (const proof of dependencies) {
    const each = generations.judge(proof);
    if (each === 'invalid') return each;
    if (each === 'unverified') verdict = each;
  }
  return verdict;
}

/**
 * One proof for all entries whose generations are known, and one for each that is not. Null where two of them have
 * different generations of one tag: something was invalidated between the two.
 */
export function dependenciesOf(sources: readonly Entry<unknown>[]): readonly Dependencies[] | null {
  const tokens = new Map<string, string>();
  const others: Dependencies[] = [];
  for (const { tags, generations } of sources) {
    if ('sequence' in generations) {
      others.push({ tags, generations });
      continue;
    }
    for (const [index, tag] of tags.entries()) {
      const token = generations[index] as string;
      if ((tokens.get(tag) ?? token) !== token) return null;
      tokens.set(tag, token);
    }
  }
  const known = { tags: [...tokens.keys()], generations: [...tokens.values()] };
  return tokens.size > 0 ? [known, ...others] : others;
}
