import { toTable } from '../lib/table.ts';
import { megabytes, rounded } from '../lib/units.ts';
import type { Costs } from './costs.ts';
import type { Told } from './history.ts';
import { KINDS } from './questions.ts';
import type { ReadTotals } from './readers.ts';
import type { SourceTotals } from './source.ts';

export interface SoakResult {
  readonly minutes: number;
  readonly reads: ReadTotals;
  readonly source: SourceTotals;
  /** Memory of each gateway, from start to end, in bytes. */
  readonly memory: readonly (readonly number[])[];
  /** Number of calls that reached the source. */
  readonly calls: number;
  readonly costs: Costs;
}

// A process may serve an entry for that long after another process acknowledged its invalidation: the trust time.
const TRUST_MS = 1000;

/** The report of a soak, as text. */
export function printReport({ minutes, reads, source, memory, calls, costs }: SoakResult): string {
  const uncached = KINDS.reduce((sum, kind) => sum + reads.byKind[kind] * costs.callsFor[kind], 0);
  const PAGE = 'page of sellers with their catalogs';
  const [coldMs, warmMs] = [costs.medianMsFor[PAGE], percentile(reads.hitMs[PAGE], 50)];
  const rows = [
    ['figure', 'value'],
    ['minutes, requests, failed', `${minutes}, ${rounded(reads.requests)}, ${reads.failed}`],
    ['hit rate', percent(reads.hits, reads.requests)],
    ['a hit: median, 99th percentile', times(Object.values(reads.hitMs).flat())],
    ['a miss: median, 99th percentile', times(reads.missMs)],
    [
      'a page of sellers: cold without any cache, and as a hit',
      `${coldMs.toFixed(0)} ms, ${warmMs.toFixed(1)} ms: ${percent(coldMs - warmMs, coldMs)} less`,
    ],
    ['calls to the source, with those of the warm-up and the poller', rounded(calls)],
    ['calls without a cache', `${rounded(uncached)}, so ${percent(uncached - calls, uncached)} fewer`],
    [
      'changes at the source',
      `${source.changes}, ${source.signals} signalled by webhook, ${source.redelivered} redelivered`,
    ],
    ['from a change to its acknowledgement', times(source.latenciesMs)],
    ['stale catalogs seen, change signalled by webhook', staleness(reads, 'by webhook')],
    ['stale catalogs seen, change left to the poller', staleness(reads, 'by the poller')],
    [`seen over ${TRUST_MS} ms after an acknowledgement`, String(brokenPromises(reads))],
    ['memory at the start', (memory[0] ?? []).map(megabytes).join(', ')],
    ['memory half-way', (memory[Math.floor(memory.length / 2)] ?? []).map(megabytes).join(', ')],
    ['memory at the end', (memory.at(-1) ?? []).map(megabytes).join(', ')],
  ];
  const failures = reads.failures.map((failure) => `Failed: ${failure}\n`).join('');
  return `\n${toTable(rows)}\n${failures}`;
}

/** Number of catalogs that were shown for longer after an acknowledgement than the trust time allows. */
export function brokenPromises({ stale }: ReadTotals): number {
  return stale.filter((each) => each.sinceAcknowledgedMs > TRUST_MS).length;
}

function staleness({ stale }: ReadTotals, told: Told): string {
  const ages = stale.filter((each) => each.told === told).map(({ ms }) => ms);
  if (ages.length === 0) return 'none';
  const [middle, most] = [percentile(ages, 50), percentile(ages, 100)];
  return `${rounded(ages.length)}: median ${rounded(middle)} ms, oldest ${rounded(most)} ms`;
}

function times(ms: readonly number[]): string {
  return `${percentile(ms, 50).toFixed(1)} ms, ${percentile(ms, 99).toFixed(1)} ms`;
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(whole, 1)).toFixed(2)} %`;
}
