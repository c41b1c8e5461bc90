import type { Metric, Registry } from 'prom-client';
import { createSeries } from './series.ts';

export interface Count {
  /** One value a label, in the order of the labels. */
  add(count: number, ...labelValues: string[]): void;
  total(): number;
  all(): readonly Reading[];
}

interface Histogram {
  observe(value: number, ...labelValues: string[]): void;
  /** The number of values in each bucket, over all labels; the last bucket has the values above all bounds. */
  counts(): readonly number[];
}

type Reading = readonly [labelValues: readonly string[], value: number];

/**
 * Labels by name, in the order of their values, each with its values that are known in advance. All combinations of
 * known values start at 0, because a rate ignores the count with which a series begins. If a label has no known
 * values, no series exists at the start.
 */
type Labels = Readonly<Record<string, readonly string[]>>;

/**
 * Counters, histograms and gauges as plain numbers, which the registry reads at each scrape. Events are too frequent to
 * build label objects for each. The observatory reads the same numbers directly.
 */
export interface Instruments {
  count(name: string, help: string, labels?: Labels): Count;
  histogram(name: string, help: string, upperBounds: readonly number[], labels?: Labels): Histogram;
  /** `read` is called at each scrape; a reading that it omits is not exposed. */
  gauge(name: string, help: string, labels: readonly string[], read: () => readonly Reading[]): void;
}

interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

const PREFIX = 'catalog_gateway_';

export function createInstruments(registry: Registry): Instruments {
  return {
    count(name, help, known = {}) {
      const labels = Object.keys(known);
      const series = createSeries(() => ({ count: 0 }));
      for (const values of combinationsOf(known)) series.cell(...values);
      const all = () => series.all().map(([values, { count }]) => [values, count] as const);
      register('counter', name, help, () => samplesOf(labels, all()));
      return {
        add(count, ...labelValues) {
          series.cell(...labelValues).count += count;
        },
        total: () => sum(all().map(([, count]) => count)),
        all,
      };
    },
    histogram(name, help, upperBounds, known = {}) {
      const labels = Object.keys(known);
      const bounds = [...upperBounds, Number.POSITIVE_INFINITY];
      const series = createSeries(() => ({ sum: 0, counts: bounds.map(() => 0) }));
      for (const values of combinationsOf(known)) series.cell(...values);
      register('histogram', name, help, () =>
        series.all().flatMap(([values, cell]) => {
          const named = namedLabels(labels, values);
          const sample = (suffix: string, value: number, le?: string): Sample => ({
            metricName: `${PREFIX}${name}_${suffix}`,
            labels: le === undefined ? named : { ...named, le },
            value,
          });
          let below = 0;
          const buckets = cell.counts.map((count, index) => {
            below += count;
            return sample('bucket', below, index < upperBounds.length ? String(bounds[index]) : '+Inf');
          });
          return [...buckets, sample('sum', cell.sum), sample('count', below)];
        }),
      );
      return {
        observe(value, ...labelValues) {
          const cell = series.cell(...labelValues);
          let bucket = 0;
          while (value > (bounds[bucket] as number)) bucket += 1;
          cell.counts[bucket] = (cell.counts[bucket] as number) + 1;
          cell.sum += value;
        },
        counts: () =>
          bounds.map((_, bucket) => sum(series.all().map(([, { counts }]) => counts[bucket] as number))),
      };
    },
    gauge(name, help, labels, read) {
      register('gauge', name, help, () => samplesOf(labels, read()));
    },
  };

  // The library's own metrics take one value at a time. The registry uses only `name` and `get` of a registered metric.
  function register(type: string, name: string, help: string, samples: () => readonly Sample[]): void {
    const get = async () => ({ name: PREFIX + name, help, type, values: samples() });
    registry.registerMetric({ name: PREFIX + name, get } as unknown as Metric);
  }
}

/** Without labels there is one combination: the empty one. */
function combinationsOf(known: Labels): readonly (readonly string[])[] {
  return Object.values(known).reduce<readonly (readonly string[])[]>(
    (combinations, values) => combinations.flatMap((begun) => values.map((value) => [...begun, value])),
    [[]],
  );
}

function samplesOf(labels: readonly string[], readings: readonly Reading[]): readonly Sample[] {
  return readings.map(([values, value]) => ({ labels: namedLabels(labels, values), value }));
}

function namedLabels(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [name, values[index] as string]));
}

/** The counts by the value of their only label, all of which are known. */
export function byLabel<V extends string>(count: Count): Readonly<Record<V, number>> {
  return Object.fromEntries(count.all().map(([[value], number]) => [value, number])) as Record<V, number>;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
