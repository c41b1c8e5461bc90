import type { Chart } from '../lib/bar-chart.ts';
import type { Figure } from '../lib/figures.ts';
import type { Progress } from '../lib/progress.ts';
import type { Client } from './client.ts';
import type { Cores } from './cores.ts';
import type { Dataset } from './dataset.ts';
import type { LoadGenerator } from './load/load.ts';

/** The environment of a scenario. */
export interface Surroundings {
  readonly client: Client;
  /** Undefined if server and load cannot have separate cores. */
  readonly cores: Cores | undefined;
  readonly generator: LoadGenerator;
  readonly progress: Progress;
  /** Fewer and shorter rounds, to check that the scenario works; its figures mean nothing. */
  readonly quick: boolean;
  /** Another checkout, whose gateway takes part too. */
  readonly before: string | undefined;
  /** Made on first use, and then shared by all scenarios. */
  readonly dataset: () => Promise<Dataset>;
}

/** The result of a scenario. */
export interface Section {
  readonly title: string;
  /** The method, in a sentence or two. */
  readonly about: string;
  /** The table of the report; the first row is the heading. */
  readonly rows: readonly (readonly string[])[];
  readonly figures: readonly Figure[];
  readonly chart?: Chart;
  /** The measured values. */
  readonly data: unknown;
}

export type Scenario = (surroundings: Surroundings) => Promise<Section>;
