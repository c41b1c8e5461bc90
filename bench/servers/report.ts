import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { drawCharts } from '../lib/bar-chart.ts';
import { reachTable } from '../lib/figures.ts';
import { toTable } from '../lib/table.ts';
import type { Section } from './scenario.ts';

/** The result of a scenario, with time and environment. A run of some scenarios keeps the results of the others. */
export interface Recorded {
  readonly at: string;
  readonly machine: Machine;
  readonly section: Section;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  readonly platform: string;
  /** The load generator, if the scenario used it. */
  readonly load?: string;
  /** Whether the server had a core of its own. */
  readonly pinned: boolean;
}

export type Results = Readonly<Record<string, Recorded>>;

export function describeMachine(load: string | undefined, pinned: boolean): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    node: process.version,
    platform: process.platform,
    ...(load !== undefined && { load }),
    pinned,
  };
}

const RESULTS = new URL('../results/', import.meta.url);
const DOCS = new URL('../../docs/', import.meta.url);
const BEGIN = '<!-- figures: written by npm run bench -->';
const END = '<!-- end of figures -->';

export function readResults(name: string): Results {
  try {
    return JSON.parse(readFileSync(new URL(`${name}.json`, RESULTS), 'utf8')) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

/** Writes the figures as JSON, and the chart as SVG. */
export function writeResults(name: string, results: Results): void {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(new URL(`${name}.json`, RESULTS), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(new URL(`${name}.svg`, RESULTS), chartsOf(results));
}

/** Writes the figures into the docs, between the markers. */
export function writeDocs(results: Results, names: readonly string[]): void {
  const file = new URL('benchmarks.md', DOCS);
  const text = readFileSync(file, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error('docs/benchmarks.md has no place for the figures');
  writeFileSync(
    file,
    `${text.slice(0, begin + BEGIN.length)}\n\n${figures(results, names)}\n\n${text.slice(end)}`,
  );
  writeFileSync(new URL('benchmarks.svg', DOCS), chartsOf(results));
}

export function printSection({ title, about, rows, figures }: Section): string {
  const reaches = figures.length > 0 ? [reachTable(figures)] : [];
  return [`## ${title}`, about, toTable(rows), ...reaches].join('\n\n');
}

function figures(results: Results, names: readonly string[]): string {
  const recorded = names.flatMap((name) => results[name] ?? []);
  const [first] = recorded;
  if (!first) return 'Not measured yet.';
  return [
    '![Requests per second of each server](benchmarks.svg)',
    '## Figures to reach',
    reachTable(recorded.flatMap(({ section }) => section.figures)),
    ...recorded.map(({ at, machine, section }) => `${printSection(section)}\n\n${provenance(at, machine)}`),
  ].join('\n\n');
}

function provenance(at: string, { cpu, cores, node, load, pinned }: Machine): string {
  const where = pinned ? 'server and load on separate cores' : 'server and load on the same cores';
  const by = load === undefined ? '' : `, load by ${load}`;
  return `*${at.slice(0, 10)}, ${cpu}, ${cores} cores, ${where}, Node ${node.slice(1)}${by}.*`;
}

function chartsOf(results: Results): string {
  return drawCharts(Object.values(results).flatMap(({ section: { chart } }) => chart ?? []));
}
