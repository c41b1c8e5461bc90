import type { Chart } from '../lib/bar-chart.ts';
import { summarise } from '../lib/statistics.ts';
import { duration, rateSpread, times } from '../lib/units.ts';
import type { Target } from './answers.ts';
import { type Contender, start } from './contenders.ts';
import type { Server } from './process.ts';
import type { Surroundings } from './scenario.ts';
import { cpuTimes, rates, ratio, type Series } from './series.ts';

/** The series of a contender that took part. */
export function seriesOf(measured: ReadonlyMap<string, Series>, name: string): Series {
  const series = measured.get(name);
  if (!series) throw new Error(`${name} did not take part`);
  return series;
}

/** A row for each contender, with its ratios to one of them. */
export function ratesTable(
  measured: ReadonlyMap<string, Series>,
  beside: string,
): readonly (readonly string[])[] {
  const base = seriesOf(measured, beside);
  return [
    [
      ...['', 'requests/s: median (low – high)', 'median', '99 %', `ratio to ${beside}`],
      ...['CPU a request', 'ratio by CPU'],
    ],
    ...[...measured].map(([name, series]) => [
      name,
      rateSpread(rates(series)),
      milliseconds(series.map(({ medianMs }) => medianMs)),
      milliseconds(series.map(({ p99Ms }) => p99Ms)),
      times(ratio(series, base).median),
      ...cpuCells(series, base),
    ]),
  ];
}

/** CPU time a request, and how many requests of the one take as much of it as a request of the other. */
export function cpuCells(series: Series, base: Series): readonly [string, string] {
  const [cpu, baseCpu] = [cpuTimes(series), cpuTimes(base)];
  if (!cpu || !baseCpu) return ['unknown', 'unknown'];
  return [duration(cpu.median * 1e6), times(baseCpu.median / cpu.median)];
}

export function ratesChart(title: string, measured: ReadonlyMap<string, Series>): Chart {
  return {
    title,
    unit: 'requests/s',
    bars: [...measured].map(([name, series]) => ({
      name,
      ...rates(series),
      ours: name.startsWith('catalog-gateway'),
    })),
  };
}

/** Starts all contenders, passes them to `use`, and always stops them afterwards. */
export async function withServers<T>(
  contenders: readonly Contender[],
  surroundings: Surroundings,
  use: (targets: readonly (Target & Server)[]) => Promise<T>,
): Promise<T> {
  const started: (Target & Server)[] = [];
  try {
    for (const contender of contenders) {
      surroundings.progress.now(`starting ${contender.name}`);
      started.push({ name: contender.name, ...(await start(contender, surroundings)) });
    }
    return await use(started);
  } finally {
    for (const server of started) await server.stop();
  }
}

function milliseconds(measured: readonly number[]): string {
  return `${summarise(measured).median.toFixed(2)} ms`;
}
