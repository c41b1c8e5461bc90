/** What one seed came to. */
interface Run {
  /** The promises that it broke. */
  readonly broken: readonly string[];
  /** How often each event happened. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Runs the seeds from 1 to `count` one after another until one breaks a promise. `first` is tried first. */
export async function runSeedsInTurn(count: number, run: (seed: number) => Promise<Run>, first?: number) {
  const counts = new Map<string, number>();
  const seeds = Array.from({ length: count }, (_, index) => index + 1);
  for (const seed of first === undefined ? seeds : [first, ...seeds]) {
    const { broken, counts: more } = await run(seed);
    for (const [what, times] of more) counts.set(what, (counts.get(what) ?? 0) + times);
    if (broken[0] !== undefined)
      return { seeds: seed, broken: `seed ${seed} breaks promise ${broken[0]}`, counts };
  }
  return { seeds: count, broken: null, counts };
}
