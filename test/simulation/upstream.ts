import type { Load } from '../../src/cache/cache.ts';
import type { History, LoadRecord } from './history.ts';
import { loadMayBegin } from './invariants.ts';
import type { LoadFault } from './plan.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

/** The value of a load that cannot be stored. */
export const UNENCODABLE = -1;

export interface Upstream {
  loadOf(process: number, keyOf: (id: number) => string): Load<number, number>;
  /**
   * The process begins to wait for the load that it is about to begin. What this returns says that it has waited
   * long enough: for the engine, and so for the history, that load has failed then.
   */
  beginPatience(process: number): () => void;
  break(fault: LoadFault, ids: readonly number[], untilMs: number): void;
}

/**
 * What is cached, loaded slowly and sometimes not at all. The source changes all the time: a value is the number of
 * the load that gave it, so it tells when it was read, which is when the load began. To read at the beginning is the
 * worst a source can do: whatever is read later satisfies every promise that this does.
 */
export function createUpstream(scheduler: Scheduler, random: Random, history: History): Upstream {
  const faults: { readonly fault: LoadFault; readonly ids: readonly number[]; readonly until: number }[] = [];
  const patiences = new Map<number, { giveUp: () => void }>();
  const isBroken = (fault: LoadFault, id: number) =>
    faults.some((each) => each.fault === fault && each.until > scheduler.now() && each.ids.includes(id));

  return {
    break: (fault, ids, until) => void faults.push({ fault, ids, until }),
    beginPatience(process) {
      const patience = { giveUp: () => {} };
      patiences.set(process, patience);
      return () => patience.giveUp();
    },
    loadOf: (process, keyOf) => (ids) => {
      const records = ids.map((id): LoadRecord => {
        const key = keyOf(id);
        const load = {
          process,
          key,
          beganAt: scheduler.now(),
          beganStamp: history.stamp(),
          endedAt: null,
          failed: false,
        };
        const record = { ...load, id: history.loads.length + 1 };
        loadMayBegin(history, record);
        history.loads.push(record);
        history.tell(() => `    load ${record.id} of ${key} begins in process ${process}`);
        return record;
      });
      const isSlow = ids.some((id) => isBroken('slow', id));
      const takesMs = isSlow ? random.whole(200, 1000) : random.whole(1, 60);
      const end = (failed: (id: number) => boolean) => {
        for (const [index, id] of ids.entries()) {
          const record = records[index] as LoadRecord;
          history.tell(() => `    load ${record.id} ends`);
          record.endedAt = scheduler.now();
          record.failed = failed(id);
        }
      };
      const patience = patiences.get(process);
      if (patience) patience.giveUp = () => records[0]?.endedAt === null && end(() => true);
      const failing = ids.filter((id) => isBroken('failing', id));
      const unencodable = ids.filter((id) => isBroken('unencodable', id));
      const rejects = failing.length === ids.length && random.chance(0.5);
      const { promise, resolve, reject } = Promise.withResolvers<ReadonlyMap<number, number | Error>>();
      scheduler.after(takesMs, process, () => {
        if (records[0]?.endedAt === null) end((id) => failing.includes(id) || unencodable.includes(id));
        if (rejects) return reject(new Error('the upstream fails'));
        const outcomes = ids.map((id, index): readonly [number, number | Error] => {
          if (failing.includes(id)) return [id, new Error('the upstream fails')];
          return [id, unencodable.includes(id) ? UNENCODABLE : (records[index] as LoadRecord).id];
        });
        resolve(new Map(outcomes));
      });
      return promise;
    },
  };
}
