import type { Clock } from '../clock.ts';

/** How often a tag was read recently. */
export interface PopularTag {
  readonly tag: string;
  /** About how many reads. The weight of a read halves every minute. */
  readonly reads: number;
}

/** Which tags were read recently. */
export interface Popularity {
  /** Counts a read of an entry with these tags. It costs almost nothing; a sample that nobody reads is overwritten. */
  note(tags: readonly string[]): void;
  /** The `count` matching tags that were read most, most read first. */
  top(count: number, matching?: (tag: string) => boolean): readonly PopularTag[];
}

// A power of two. A sample of this size is enough to rank tags, provided that `top` is called now and then.
const RING_SIZE = 1024;
const HALF_LIFE_MS = 60_000;
const MAX_TAGS = 10_000;
// The weight of one read after about seven minutes.
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
    // The remaining samples stand for the overwritten ones.
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
