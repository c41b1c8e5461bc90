import type { Load } from '../../src/cache/engine/cache.ts';
import type { History, LoadRecord } from './history.ts';
import { keyOfId } from './keys.ts';
import { loadIsNeeded } from './need.ts';
import type { LoadFault } from './plan.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import { loadIsTheOnlyOne } from './single-load.ts';

/** A value that cannot be stored. */
export const UNENCODABLE = -1;

/** The state of a process between two restarts. */
export interface Life {
  readonly process: number;
  readonly life: number;
}

export type SourceLoad = Load<number, number | null>;

export interface Upstream {
  loadOf(reader: Life): SourceLoad;
  /**
   * The process begins to wait for the load that it is about to begin. The returned function says that the wait has
   * timed out: for the engine, and so for the history, the load has failed then.
   */
  beginPatience(life: number): () => void;
  break(fault: LoadFault, ids: readonly number[], untilMs: number): void;
}

/**
 * The source of the cached values. Its loads are slow, and some fail. It changes all the time: a value is the number of its
 * load, which tells when it was read, at the beginning of the load. That is the worst case: a value that is read later
 * satisfies every promise that this one does.
 */
export function createUpstream(scheduler: Scheduler, random: Random, history: History): Upstream {
  const faults: { readonly fault: LoadFault; readonly ids: readonly number[]; readonly until: number }[] = [];
  const patiences = new Map<number, { giveUp: () => void }>();

  return {
    break: (fault, ids, until) => void faults.push({ fault, ids, until }),
    beginPatience(life) {
      const patience = { giveUp: () => {} };
      patiences.set(life, patience);
      return () => patience.giveUp();
    },
    loadOf: (reader) => (ids) => {
      const records = ids.map((id) => begin(reader, id));
      const takesMs = ids.some((id) => isBroken('slow', id)) ? random.whole(200, 1000) : random.whole(1, 60);
      const patience = patiences.get(reader.life);
      patiences.delete(reader.life);
      if (patience) patience.giveUp = () => end(records, () => 'failure');
      const fates = ids.map(fateOf);
      const rejects = fates.every((fate) => fate === 'failing') && random.chance(0.5);
      const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<SourceLoad>>>();
      scheduler.after(takesMs, reader.life, () => {
        end(records, (index) => OUTCOMES[fates[index] as Fate]);
        if (rejects) return reject(new Error('the upstream fails'));
        resolve(new Map(ids.map((id, index) => [id, givenBy(records[index] as LoadRecord, fates[index])])));
      });
      return promise;
    },
  };

  function begin({ process, life }: Life, id: number): LoadRecord {
    const record: LoadRecord = {
      ...{ id: history.loads.length + 1, process, life, key: keyOfId(id) },
      ...{ beganAt: scheduler.now(), beganStamp: history.stamp() },
      beganWall: history.wallClocks.get(process)?.() as number,
      ...{ endedAt: null, endedStamp: null, outcome: null },
    };
    loadIsTheOnlyOne(history, record);
    loadIsNeeded(history, record);
    history.loads.push(record);
    history.tell(() => `    load ${record.id} of ${record.key} begins in process ${process}`);
    return record;
  }

  /** A load that timed out has already ended. */
  function end(records: readonly LoadRecord[], outcomeOf: (index: number) => LoadRecord['outcome']): void {
    records.forEach((record, index) => {
      if (record.endedAt !== null) return;
      record.endedAt = scheduler.now();
      record.endedStamp = history.stamp();
      record.outcome = outcomeOf(index);
      history.tell(() => `    load ${record.id} ends: ${record.outcome}`);
    });
  }

  function isBroken(fault: LoadFault, id: number): boolean {
    return faults.some(
      (each) => each.fault === fault && each.until > scheduler.now() && each.ids.includes(id),
    );
  }

  function fateOf(id: number): Fate {
    return (['failing', 'unencodable', 'absent'] as const).find((fault) => isBroken(fault, id)) ?? 'well';
  }
}

type Fate = Exclude<LoadFault, 'slow'> | 'well';

const OUTCOMES = { failing: 'failure', unencodable: 'failure', absent: 'absence', well: 'value' } as const;

function givenBy({ id }: LoadRecord, fate: Fate | undefined): number | null | Error {
  if (fate === 'failing') return new Error('the upstream fails');
  if (fate === 'unencodable') return UNENCODABLE;
  return fate === 'absent' ? null : id;
}
