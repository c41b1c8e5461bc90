import type { Act } from './plan.ts';
import type { Random } from './random.ts';
import { SETTINGS } from './settings.ts';

/**
 * One process stalls for longer than it trusts its memory. Meanwhile another process invalidates the entries, and no
 * message arrives. The connections of the stalled process are cut, and calls arrive as soon as it continues.
 */
export function createStall(random: Random, processes: number): Act[] {
  const process = random.whole(0, processes - 1);
  const other = (process + random.whole(1, processes - 1)) % processes;
  const begin = random.whole(100, 300);
  const forMs = SETTINGS.trustMs + random.whole(60, 150);
  const tags = [random.pick(['all', 'item:1'])];
  const kind = random.pick(['read', 'answer', 'answer-held'] as const);
  const calls = (count: number, from: number, to: number): Act[] =>
    Array.from({ length: count }, () => ({
      ...{ at: begin + random.whole(from, to), do: random.chance(0.7) ? kind : 'read', process, ids: [1] },
    }));
  const acts: Act[] = [
    { at: begin - 90, do: kind === 'read' ? 'read' : 'answer', process, ids: [1] },
    ...calls(random.whole(0, 3), -3, 0),
    { at: begin, do: 'messages', fault: 'lost', forMs },
    { at: begin, do: 'stall', process, forMs, cutMs: random.whole(0, 40) },
    { at: begin + random.whole(1, 20), do: 'invalidate', process: other, tags },
    ...calls(random.whole(3, 8), forMs - 5, forMs + 50),
  ];
  // A load that lasts through the stall, so that calls after it find it in progress.
  if (random.chance(0.5))
    acts.push(
      { at: begin - 95, do: 'loads', fault: 'slow', ids: [1], forMs: 90 },
      { at: begin - 20, do: kind === 'read' ? 'read' : 'answer', process, ids: [1] },
    );
  return acts.toSorted((one, another) => one.at - another.at);
}
