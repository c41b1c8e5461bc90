import type { Observation } from './observation.ts';

/** What charts of the past are drawn from. */
export type Sample = Pick<
  Observation,
  'at' | 'startedAt' | 'requests' | 'durations' | 'lookups' | 'upstream' | 'stale'
>;

/** Samples of the last minutes, so that a page shows the past when somebody opens it. */
export interface History {
  /** Takes a sample now, and drops those that are older than `keptMs`. */
  take(): void;
  /** Oldest first. The first is from when the history was created, as long as that is kept. */
  readonly samples: readonly Sample[];
}

/** `keptMs`: how long a sample is kept, in milliseconds. */
export function createHistory(sample: () => Sample, keptMs: number): History {
  let samples: readonly Sample[] = [sample()];
  return {
    take() {
      const latest = sample();
      samples = [...samples.filter(({ at }) => at > latest.at - keptMs && at < latest.at), latest];
    },
    get samples() {
      return samples;
    },
  };
}
