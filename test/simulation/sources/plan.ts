import { IDS } from '../keys.ts';
import type { MessageFault } from '../plan.ts';
import { createRandom } from '../random.ts';
import { SETUPS } from './setups.ts';

/** What processes with different sources do on one Redis. */
export interface SourcesPlan {
  readonly seed: number;
  /** The setup that each process starts with, as its place in SETUPS. */
  readonly processes: readonly number[];
  readonly acts: readonly SourceAct[];
}

/** One thing that happens, `at` milliseconds after the beginning. */
type SourceAct = { readonly at: number } & (
  | { readonly do: 'read' | 'answer'; readonly process: number; readonly ids: readonly number[] }
  | { readonly do: 'invalidate'; readonly process: number; readonly tags: readonly string[] }
  /** The process is killed, and one with another setup takes its place. */
  | { readonly do: 'restart'; readonly process: number; readonly setup: number }
  | { readonly do: 'messages'; readonly fault: MessageFault; readonly forMs: number }
);

const TAGS = [['all'], ...IDS.map((id) => [`item:${id}`])];
const LASTS_MS = 1500;

export function createSourcesPlan(seed: number): SourcesPlan {
  const random = createRandom(seed);
  // Two setups meet more often than many do.
  const setups = [random.whole(0, SETUPS.length - 1), random.whole(0, SETUPS.length - 1)];
  const processes = Array.from({ length: random.whole(2, 4) }, () => random.pick(setups));
  const acts = Array.from({ length: random.whole(8, 30) }, (): SourceAct => {
    const at = random.whole(0, LASTS_MS);
    const process = random.whole(0, processes.length - 1);
    const kind = random.next();
    if (kind < 0.5) return { at, do: 'read', process, ids: random.pick([[1], [2], IDS]) };
    if (kind < 0.7) return { at, do: 'answer', process, ids: random.pick([[1], IDS]) };
    if (kind < 0.85) return { at, do: 'invalidate', process, tags: random.pick(TAGS) };
    if (kind < 0.95) return { at, do: 'restart', process, setup: random.pick(setups) };
    return { at, do: 'messages', fault: random.pick(['lost', 'late', 'doubled']), forMs: 400 };
  });
  return { seed, processes, acts: acts.toSorted((one, other) => one.at - other.at) };
}
