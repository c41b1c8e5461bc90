import { IDS } from '../keys.ts';
import type { Random } from '../random.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Life, SourceLoad } from '../upstream.ts';

/** The source of the items. A value is the version of its item when the load began: the worst case. */
export interface VersionedSource {
  change(id: number): void;
  versionOf(id: number): number;
  break(fault: 'failing' | 'slow', id: number, untilMs: number): void;
  loadOf(reader: Life): SourceLoad;
  /** The number of loads of the items that gave a value. */
  loadsOf(ids: readonly number[]): number;
}

export function createVersionedSource(scheduler: Scheduler, random: Random): VersionedSource {
  const versions = new Map<number, number>(IDS.map((id) => [id, 1]));
  const loads = new Map<number, number>(IDS.map((id) => [id, 0]));
  const faults: { readonly fault: 'failing' | 'slow'; readonly id: number; readonly until: number }[] = [];
  const versionOf = (id: number) => versions.get(id) as number;
  const isBroken = (fault: 'failing' | 'slow', id: number) =>
    faults.some((each) => each.fault === fault && each.id === id && each.until > scheduler.now());

  return {
    change: (id) => void versions.set(id, versionOf(id) + 1),
    versionOf,
    break: (fault, id, until) => void faults.push({ fault, id, until }),
    loadsOf: (ids) => ids.reduce((sum, id) => sum + (loads.get(id) as number), 0),
    loadOf:
      ({ life }) =>
      async (ids) => {
        const values = ids.map((id): [number, number | Error] => [
          id,
          isBroken('failing', id) ? new Error('the source fails') : versionOf(id),
        ]);
        const isSlow = ids.some((id) => isBroken('slow', id));
        await scheduler.pause(life, isSlow ? random.whole(150, 600) : random.whole(1, 60));
        for (const [id, value] of values)
          if (!(value instanceof Error)) loads.set(id, (loads.get(id) as number) + 1);
        return new Map(values);
      },
  };
}
