import type { StatsSnapshot } from './stats-snapshot.ts';

/** The part of an observation that the charts of the past need. */
export type Sample = Pick<
  StatsSnapshot,
  'at' | 'startedAt' | 'requests' | 'durations' | 'lookups' | 'upstream' | 'stale' | 'auth' | 'live'
>;

/** Samples of the last minutes, so that a newly opened page can show the past. */
export interface History {
  /** Takes a sample and drops samples older than `keptMs`. */
  take(): void;
  /** Oldest first. Creating the history takes the first sample. */
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
