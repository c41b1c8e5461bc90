import type { KeyClass } from '../../src/cache/engine/key-class.ts';
import type { RequestDirectives } from '../../src/http/response-cache/parsed-request.ts';
import type { GraphqlResponse } from '../../src/http/responses.ts';
import type { Read } from '../../src/repository/index.ts';
import { respond } from './answers.ts';
import type { Member } from './fleet.ts';
import type { CallRecord, ExecutionRecord, History } from './history.ts';
import { keyOfId, queryOf } from './keys.ts';
import type { AnswerKind } from './plan.ts';
import type { Random } from './random.ts';
import { type Outcomes, readIds } from './read-ids.ts';
import type { Scheduler } from './scheduler.ts';
import { SETTINGS } from './settings.ts';
import { executionIsTheOnlyOne } from './single-execution.ts';
import type { Upstream } from './upstream.ts';

export interface Answerer {
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
  const { keyClass, upstream, scheduler, random, history } = options;

  return {
    async answer(kind, member, ids, call) {
      const served = await respond(member.answers, `answer_${queryOf(ids)}`, DIRECTIVES[kind], (read) =>
        execute(member, ids, read),
      );
      if (!served) return new Map();
      const { outcome, stored } = served;
      call.hasJoined = 'collapsed' in outcome && outcome.collapsed;
      return new Map(JSON.parse(stored.bytes.toString()));
    },
  };

  async function execute(member: Member, ids: readonly number[], read: Read): Promise<GraphqlResponse> {
    const { cache, life } = member;
    const execution = begin(member, ids, read);
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
    const codes = complete ? [] : (['UPSTREAM_UNAVAILABLE'] as const);
    return { status: 200, text: JSON.stringify(told), headers: {}, codes, complete };
  }

  function begin({ process, life }: Member, ids: readonly number[], read: Read): ExecutionRecord {
    const { mode = 'default', maxAgeMs = 'any' } = read;
    const name = `${queryOf(ids)}, ${mode}, of ${maxAgeMs} age`;
    const keys = ids.map(keyOfId);
    const execution = { process, life, name, keys, startedAt: scheduler.now(), endedAt: null };
    executionIsTheOnlyOne(history, execution);
    history.executions.push(execution);
    const type = `execution ${mode}`;
    history.events.set(type, (history.events.get(type) ?? 0) + 1);
    history.tell(() => `    process ${process} executes ${name}`);
    return execution;
  }
}
