import type { Clock } from '../clock.ts';

/** How often a tag was read lately. */
export interface PopularTag {
  readonly tag: string;
  /** About how many reads, each counting half as much for every minute that it is past. */
  readonly reads: number;
}

/** Which tags answers were made of lately. */
export interface Popularity {
  /** Takes in that an answer was made of what has these tags. Costs next to nothing, and what nobody asks for is lost. */
  note(tags: readonly string[]): void;
  /** The `count` tags that were read most, of those that match, most first. */
  top(count: number, matching?: (tag: string) => boolean): readonly PopularTag[];
}

// A power of two. A sample of this size tells what is read often from what is not, as long as somebody asks for it
// now and then.
const RING_SIZE = 1024;
const HALF_LIFE_MS = 60_000;
const MAX_TAGS = 10_000;
// One read, some seven minutes later.
const FORGOTTEN_BELOW = 0.01;

export function createPopularity({ clock }: { readonly clock: Pick<Clock, 'monotonic'> }): Popularity {
  const ring = new Array<readonly string[]>(RING_SIZE).fill([]);
  const reads = new Map<string, number>();
  let noted = 0;
  let drainedAt = clock.monotonic();

  return {
    note(tags) {
      ring[noted & (RING_SIZE - 1)] = tags;
      noted += 1;
    },
    top(count, matching = () => true) {
      decay();
      drain();
      const ranked = [...reads].filter(([tag]) => matching(tag)).sort(byReads);
      return ranked.slice(0, count).map(([tag, times]) => ({ tag, reads: times }));
    },
  };

  function decay(): void {
    const now = clock.monotonic();
    const left = 0.5 ** ((now - drainedAt) / HALF_LIFE_MS);
    drainedAt = now;
    for (const [tag, times] of reads) {
      if (times * left < FORGOTTEN_BELOW) reads.delete(tag);
      else reads.set(tag, times * left);
    }
  }

  function drain(): void {
    const inRing = Math.min(noted, RING_SIZE);
    // Those that are still there stand for those that were written over.
    const weight = noted / inRing;
    noted = 0;
    for (const tags of ring.slice(0, inRing))
      for (const tag of tags) reads.set(tag, (reads.get(tag) ?? 0) + weight);
    if (reads.size <= MAX_TAGS) return;
    for (const [tag] of [...reads].sort(byReads).slice(MAX_TAGS)) reads.delete(tag);
  }
}

function byReads([, left]: readonly [string, number], [, right]: readonly [string, number]): number {
  return right - left;
}
