import type { KeyClass } from '../../src/cache/engine/key-class.ts';
import type { Trial } from '../../src/cache/engine/trial.ts';
import type { RequestDirectives } from '../../src/http/response-cache/parsed-request.ts';
import type { GraphqlResponse } from '../../src/http/responses.ts';
import type { Read } from '../../src/repository/index.ts';
import { respond } from './answers.ts';
import { type Collection, createCollection } from './collection.ts';
import type { Member } from './fleet.ts';
import type { CallRecord, ExecutionRecord, History } from './history.ts';
import { IDS, keyOfId, queryOf } from './keys.ts';
import type { AnswerKind } from './plan.ts';
import type { Random } from './random.ts';
import { type Outcomes, readIds } from './read-ids.ts';
import type { Scheduler } from './scheduler.ts';
import { SETTINGS } from './settings.ts';
import { executionIsTheOnlyOne } from './single-execution.ts';
import type { Upstream } from './upstream.ts';

export interface Answerer {
  /** Reads the value that is derived from all items. */
  collect(member: Member, read: Read): Promise<Outcomes>;
  /** The outcomes in the response of the process to the query over the ids; none if it may not execute the query. */
  answer(kind: AnswerKind, member: Member, ids: readonly number[], call: CallRecord): Promise<Outcomes>;
}

export interface AnswererOptions {
  readonly keyClass: KeyClass<number, number | null>;
  readonly upstream: Upstream;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly history: History;
}

const NONE: RequestDirectives = { noCache: false, noStore: false, onlyIfCached: false, maxAgeSeconds: null };
const DIRECTIVES: Readonly<Record<AnswerKind, RequestDirectives>> = {
  answer: NONE,
  'answer-aged': { ...NONE, maxAgeSeconds: SETTINGS.maxAgeMs / 1000 },
  'answer-new': { ...NONE, noCache: true },
  'answer-held': { ...NONE, onlyIfCached: true },
};

/** Requests responses from the response cache of a process, and executes for it. A response lists the values it was made of. */
export function createAnswerer(options: AnswererOptions): Answerer {
  const collections = new WeakMap<Member, Collection>();
  const { keyClass, upstream, scheduler, random, history } = options;

  return {
    collect: async (member, read) =>
      (
        await collectionOf(member)
          .read(read)
          .catch(() => ({ outcomes: new Map() }))
      ).outcomes,
    async answer(kind, member, ids, call) {
      const served = await respond(member.answers, `answer_${queryOf(ids)}`, DIRECTIVES[kind], {
        execute: (read) => execute(member, ids, read),
        executeAtOnce: (read, trial) => executeAtOnce(member, ids, read, trial),
      });
      if (!served) return new Map();
      const { outcome, stored } = served;
      call.hasJoined = 'collapsed' in outcome && outcome.collapsed;
      return new Map(JSON.parse(stored.bytes.toString()));
    },
  };

  async function execute(member: Member, ids: readonly number[], read: Read): Promise<GraphqlResponse> {
    const { cache, life } = member;
    const execution = begin(member, ids, read);
    if (ids.length === IDS.length && random.chance(0.7)) return executeCollection(member, read, execution);
    const load = upstream.loadOf(member);
    const outcomes: [number, unknown][] = [];
    // A query reads some ids first, and others depending on them.
    const first = random.chance(0.4) ? ids.length : 1;
    for (const part of [ids.slice(0, first), ids.slice(first)]) {
      if (part.length === 0) continue;
      outcomes.push(...(await readIds(cache, keyClass, part, load, read)));
      if (random.chance(0.3)) await scheduler.pause(life, random.whole(0, 15));
    }
    execution.endedAt = scheduler.now();
    const told = outcomes.map(([id, outcome]) => [id, outcome instanceof Error ? outcome.message : outcome]);
    const complete = !outcomes.some(([, outcome]) => outcome instanceof Error);
    return responseOf(told, complete);
  }

  function executeAtOnce(member: Member, ids: readonly number[], read: Read, trial: Trial): GraphqlResponse {
    const load = upstream.loadOf(member);
    const loadOne = async (id: number) => {
      const outcome = (await load([id])).get(id);
      if (outcome instanceof Error) throw outcome;
      return outcome ?? null;
    };
    const values = ids.map((id) => [id, trial.get(keyClass, id, loadOne, read)]);
    history.events.set('execution at once', (history.events.get('execution at once') ?? 0) + 1);
    history.tell(() => `    process ${member.process} executes ${queryOf(ids)} at once`);
    return responseOf(values, true);
  }

  function collectionOf(member: Member): Collection {
    const collection = collections.get(member) ?? createCollection(member, options);
    collections.set(member, collection);
    return collection;
  }

  /** The response is derived from a value that is derived itself. */
  async function executeCollection(
    member: Member,
    read: Read,
    execution: ExecutionRecord,
  ): Promise<GraphqlResponse> {
    const { outcomes, complete } = await collectionOf(member)
      .read(read)
      .catch(() => ({ outcomes: new Map<number, unknown>(), complete: false }));
    execution.endedAt = scheduler.now();
    return responseOf([...outcomes], complete);
  }

  function begin({ process, life }: Member, ids: readonly number[], read: Read): ExecutionRecord {
    const { awaitRefresh = false, maxAgeMs = 'any' } = read;
    const type = awaitRefresh ? 'execution awaiting refreshes' : 'execution';
    const name = `${queryOf(ids)}, ${type}, of ${maxAgeMs} age`;
    const keys = ids.map(keyOfId);
    const execution = { process, life, name, keys, startedAt: scheduler.now(), endedAt: null };
    executionIsTheOnlyOne(history, execution);
    history.executions.push(execution);
    history.events.set(type, (history.events.get(type) ?? 0) + 1);
    history.tell(() => `    process ${process} executes ${name}`);
    return execution;
  }
}

function responseOf(told: readonly unknown[], complete: boolean): GraphqlResponse {
  const codes = complete ? [] : (['UPSTREAM_UNAVAILABLE'] as const);
  return { status: 200, bytes: Buffer.from(JSON.stringify(told)), headers: {}, codes, complete };
}
