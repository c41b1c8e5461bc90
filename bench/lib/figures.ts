import type { Summary } from './statistics.ts';
import { toTable } from './table.ts';
import { times, timesSpread } from './units.ts';

/** A figure of the design, with its target. */
export interface Figure {
  readonly name: string;
  readonly reach: string;
  readonly found: string;
  readonly reached: boolean;
}

/** A ratio: its median, with the lowest and the highest if there are several. */
export function atLeast(name: string, reach: number, found: Summary): Figure {
  return {
    name,
    reach: `≥ ${reach} ×`,
    found: found.rounds > 1 ? timesSpread(found) : times(found.median),
    reached: found.median >= reach,
  };
}

export function atMost(name: string, reach: number, found: number, unit = ' ×', digits = 2): Figure {
  return {
    name,
    reach: `≤ ${reach}${unit}`,
    found: `${found.toFixed(digits)}${unit}`,
    reached: found <= reach,
  };
}

/** A table that says which reaches are reached. */
export function reachTable(figures: readonly Figure[]): string {
  return toTable([
    ['figure', 'reach', 'found', ''],
    ...figures.map(({ name, reach, found, reached }) => [
      name,
      reach,
      found,
      reached ? 'reached' : '**not reached**',
    ]),
  ]);
}
