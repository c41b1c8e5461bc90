import type { ReadOptions } from '../../src/cache/engine/cache.ts';
import type { KeyClass } from '../../src/cache/engine/key-class.ts';
import { createRead } from '../../src/repository/read.ts';
import { createAnswerer } from './answerer.ts';
import type { Fleet, Member } from './fleet.ts';
import type { CallRecord, History, InvalidationRecord } from './history.ts';
import { IDS, keyOfId } from './keys.ts';
import type { AnswerKind, CallKind, ReadKind } from './plan.ts';
import type { Random } from './random.ts';
import { type Outcomes, readIds } from './read-ids.ts';
import { acknowledgementIsTrue, answerIsRecent } from './recency.ts';
import type { Scheduler } from './scheduler.ts';
import { SETTINGS } from './settings.ts';
import type { SourceLoad, Upstream } from './upstream.ts';

export interface Caller {
  call(kind: CallKind, process: number, ids: readonly number[]): Promise<void>;
  invalidate(process: number, tags: readonly string[]): Promise<void>;
}

export interface CallerOptions {
  readonly fleet: Fleet;
  readonly keyClass: KeyClass<number, number | null>;
  readonly upstream: Upstream;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly history: History;
}

const OPTIONS: Readonly<Record<Exclude<ReadKind, 'peek'>, ReadOptions>> = {
  read: { mode: 'default' },
  fresh: { awaitRefresh: true },
  aged: { maxAgeMs: SETTINGS.maxAgeMs },
  refresh: { mode: 'refresh' },
  'cache-only': { mode: 'cache-only' },
};

// Reads that may be of the value derived from all items. A `refresh` demands more of it than it promises.
const OF_COLLECTION: ReadonlySet<CallKind> = new Set(['read', 'fresh', 'aged']);

/** Calls the engine, and checks each result against the promises. */
export function createCaller(options: CallerOptions): Caller {
  const { fleet, keyClass, upstream, scheduler, random, history } = options;
  const answerer = createAnswerer(options);

  return {
    async call(kind, process, ids) {
      const member = fleet.member(process);
      if (!member) return;
      const record: CallRecord = {
        ...{ process, life: member.life, kind, keys: ids.map(keyOfId) },
        ...{ startedAt: scheduler.now(), startedStamp: history.stamp() },
        startedWall: history.wallClocks.get(process)?.() as number,
        ...{ hasJoined: false, endedAt: null },
      };
      history.calls.push(record);
      const answers = await answersOf(kind, member, ids, record);
      record.endedAt = scheduler.now();
      for (const [id, answer] of answers) {
        history.tell(() => `  ${kind} ${id} of process ${process} from ${record.startedAt} ms: ${answer}`);
        if (answer === null || typeof answer === 'number')
          answerIsRecent(history, record, keyOfId(id), answer, scheduler.now());
      }
    },
    async invalidate(process, tags) {
      const member = fleet.member(process);
      if (!member) return;
      const { life } = member;
      const given = history.giver.size;
      const startedStamp = history.stamp();
      const acknowledgement = member.cache.invalidate(tags);
      // It gives each tag its token at once, in the order of the tags.
      const tokens = [...history.giver.keys()].slice(given);
      const record: InvalidationRecord = {
        ...{ process, life, startedAt: scheduler.now(), endedAt: null, ackedStamp: null },
        tokens: new Map(tags.map((tag, index) => [tag, tokens[index] as string])),
      };
      history.invalidations.push(record);
      if (history.alone.has(process))
        for (const token of tokens) history.renewedStamp.set(token, startedStamp);
      const acknowledged = await acknowledgement.then(
        () => true,
        () => false,
      );
      record.endedAt = scheduler.now();
      const outcome = acknowledged ? 'acknowledged' : 'not acknowledged';
      history.tell(() => `  invalidation of ${tags} by process ${process}: ${outcome}`);
      if (!acknowledged) return;
      record.ackedStamp = history.stamp();
      acknowledgementIsTrue(history, record);
    },
  };

  function answersOf(
    kind: CallKind,
    member: Member,
    ids: readonly number[],
    record: CallRecord,
  ): Promise<Outcomes> {
    return isOfAQuery(kind) ? answerer.answer(kind, member, ids, record) : ask(kind, member, ids);
  }

  async function ask(kind: ReadKind, member: Member, ids: readonly number[]): Promise<Outcomes> {
    const { cache } = member;
    if (kind === 'peek') {
      const answers = new Map<number, unknown>();
      for (const each of ids) answers.set(each, await cache.peek(keyClass, each));
      return answers;
    }
    if (OF_COLLECTION.has(kind) && ids.length === IDS.length && random.chance(0.3))
      return answerer.collect(member, createRead(cache, OPTIONS[kind]));
    const load = kind === 'cache-only' ? forbidden(member) : upstream.loadOf(member);
    return readIds(cache, keyClass, ids, load, OPTIONS[kind]);
  }

  function forbidden({ process }: Member): SourceLoad {
    return async (ids) => {
      history.broken.push(`6: process ${process} loaded ${ids} for a caller that wants what is cached only`);
      return new Map();
    };
  }
}

function isOfAQuery(kind: CallKind): kind is AnswerKind {
  return kind.startsWith('answer');
}
