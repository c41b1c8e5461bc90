import type { Chart } from '../lib/bar-chart.ts';
import type { Progress } from '../lib/progress.ts';
import type { Client } from './client.ts';
import type { Cores } from './cores.ts';
import type { Dataset } from './dataset.ts';
import type { LoadGenerator } from './load/load.ts';

/** What a scenario works with. */
export interface Surroundings {
  readonly client: Client;
  /** Undefined where server and load cannot be kept apart. */
  readonly cores: Cores | undefined;
  readonly generator: LoadGenerator;
  readonly progress: Progress;
  /** Fewer and shorter rounds: to see that it works, not what it gives. */
  readonly quick: boolean;
  /** Made when it is first asked for, and then the same for all. */
  readonly dataset: () => Promise<Dataset>;
}

/** A figure that the design names, beside what it should reach. */
export interface Figure {
  readonly name: string;
  readonly reach: string;
  readonly found: string;
  readonly reached: boolean;
}

/** What a scenario found. */
export interface Section {
  readonly title: string;
  /** What was done, in a sentence or two. */
  readonly about: string;
  /** For people: the first row is the heading. */
  readonly rows: readonly (readonly string[])[];
  readonly figures: readonly Figure[];
  readonly chart?: Chart;
  /** The same, as measured. */
  readonly data: unknown;
}

export type Scenario = (surroundings: Surroundings) => Promise<Section>;

export function atLeast(name: string, reach: number, found: number): Figure {
  return { name, reach: `≥ ${reach} ×`, found: `${found.toFixed(2)} ×`, reached: found >= reach };
}

export function atMost(name: string, reach: number, found: number, unit = ' ×', digits = 2): Figure {
  return {
    name,
    reach: `≤ ${reach}${unit}`,
    found: `${found.toFixed(digits)}${unit}`,
    reached: found <= reach,
  };
}
