import { hash } from './random.ts';

/** Ascending ids with gaps, which can be computed both ways and so are stored nowhere. */
export interface Ids {
  readonly count: number;
  /** The id at a position, from 0. */
  at(position: number): number;
  /** The position of an id, or -1 for one that is in a gap or past the end. */
  positionOf(id: number): number;
}

/** One id out of each block of `spacing` numbers, from 1 up. */
export function createIds(of: { seed: number; topic: number; spacing: number; count: number }): Ids {
  const { seed, topic, spacing, count } = of;
  const at = (position: number) => position * spacing + 1 + (hash(seed, topic, position) % spacing);
  return {
    count,
    at,
    positionOf(id) {
      const position = Math.floor((id - 1) / spacing);
      return position >= 0 && position < count && at(position) === id ? position : -1;
    },
  };
}
