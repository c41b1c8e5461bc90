import type { KeyClass } from '../../src/cache/key-class.ts';
import type { Fleet, Member } from './fleet.ts';
import type { CallRecord, History, InvalidationRecord } from './history.ts';
import { keyOfId } from './keys.ts';
import type { CallKind } from './plan.ts';
import type { Random } from './random.ts';
import { acknowledgementIsTrue, answerIsRecent } from './recency.ts';
import type { Scheduler } from './scheduler.ts';
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

type Answers = ReadonlyMap<number, unknown>;

/** Who calls the engine, and holds each answer against the promises. */
export function createCaller(options: CallerOptions): Caller {
  const { fleet, keyClass, upstream, scheduler, random, history } = options;

  return {
    async call(kind, process, ids) {
      const member = fleet.member(process);
      if (!member) return;
      const started = { startedAt: scheduler.now(), startedStamp: history.stamp() };
      const { life } = member;
      const record: CallRecord = { process, life, kind, keys: ids.map(keyOfId), ...started, endedAt: null };
      history.calls.push(record);
      const answers = await (kind === 'warm' ? warm(member, ids) : ask(kind, member, ids));
      record.endedAt = scheduler.now();
      for (const [id, answer] of answers) {
        history.tell(() => `  ${kind} ${id} of process ${process} from ${started.startedAt} ms: ${answer}`);
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

  async function ask(
    kind: Exclude<CallKind, 'warm'>,
    member: Member,
    ids: readonly number[],
  ): Promise<Answers> {
    const { cache } = member;
    const [id] = ids;
    if (kind === 'peek') {
      const answers = new Map<number, unknown>();
      for (const each of ids) answers.set(each, await cache.peek(keyClass, each));
      return answers;
    }
    const load = kind === 'cached-only' ? forbidden(member) : upstream.loadOf(member, 'engine');
    const freshness = kind === 'read' ? 'default' : kind;
    // One is asked for as by a caller that wants one: that has a shorter way of its own.
    if (ids.length > 1 || id === undefined) return cache.getMany(keyClass, ids, load, { freshness });
    const loadOne = async () => {
      const outcome = (await load([id])).get(id);
      if (outcome instanceof Error) throw outcome;
      return outcome as number | null;
    };
    const answer = await cache.get(keyClass, id, loadOne, { freshness }).catch((cause: unknown) => cause);
    return new Map([[id, answer]]);
  }

  function forbidden({ process }: Member): SourceLoad {
    return async (ids) => {
      history.broken.push(`6: process ${process} loaded ${ids} for a caller that wants what is cached only`);
      return new Map();
    };
  }

  /** Takes a stamp, reads the source, and sets what it gave, with time between each. It answers nothing. */
  async function warm(member: Member, ids: readonly number[]): Promise<Answers> {
    const { cache, life } = member;
    const stamp = await cache.stamp(keyClass, ids);
    await pause(life, random.whole(0, 15));
    const read = await upstream
      .loadOf(
        member,
        'caller',
      )(ids)
      .catch(() => new Map());
    await pause(life, random.whole(0, 15));
    const values = new Map([...read].filter(([, value]) => !(value instanceof Error)));
    // Refused where a value cannot be stored, which the caller is told.
    await cache.set(keyClass, values, stamp).catch(() => {});
    return new Map();
  }

  function pause(life: number, ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    scheduler.after(ms, life, resolve);
    return promise;
  }
}
