import type { IncomingMessage } from 'node:http';
import type { KeyClass } from '../../../src/cache/engine/key-class.ts';
import type { Principal } from '../../../src/domain/principal.ts';
import { ANYBODY } from '../../../src/http/auth/admission.ts';
import { type Identity, NOBODY } from '../../../src/http/auth/identity.ts';
import type { Answers } from '../../../src/http/graphql/answers.ts';
import type { LiveRequests } from '../../../src/http/graphql/live-requests.ts';
import type { LiveHub } from '../../../src/http/live/hub.ts';
import type { Outlet } from '../../../src/http/live/subscriber.ts';
import type { CacheQuery } from '../../../src/http/response-cache/cache-query.ts';
import type { ParsedRequest } from '../../../src/http/response-cache/parsed-request.ts';
import { createResponseCache, type ResponseCache } from '../../../src/http/response-cache/response-cache.ts';
import { responseCodec, weightOf } from '../../../src/http/response-cache/stored-response.ts';
import type { GraphqlResponse } from '../../../src/http/responses.ts';
import type { Read, Repository } from '../../../src/repository/index.ts';
import { createRead } from '../../../src/repository/read.ts';
import type { Member } from '../fleet.ts';
import type { History } from '../history.ts';
import type { Random } from '../random.ts';
import { readIds } from '../read-ids.ts';
import type { Scheduler } from '../scheduler.ts';
import { SETTINGS } from '../settings.ts';
import { count, type LiveFacts, type Renewal } from './facts.ts';
import type { Program } from './program.ts';
import { renewsForReasons } from './promises.ts';
import { DAY_MS, dayOf, questionOf, type Shown, type SimulatedQuestion } from './questions.ts';
import type { VersionedSource } from './source.ts';

/** The live responses of one process. */
export interface LiveGateway {
  readonly hub: LiveHub;
  /** Opens a stream for the viewer. The result closes it; null if it could not be opened. */
  open(
    question: SimulatedQuestion,
    viewer: Principal | null,
    connect: () => Outlet | null,
  ): Promise<{ close(): void } | null>;
}

export interface LiveGatewayOptions {
  readonly program: Program;
  readonly member: Member;
  readonly items: KeyClass<number, number | null>;
  readonly source: VersionedSource;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly history: History;
  readonly facts: LiveFacts;
  /** Whether the session of the principal has ended, as far as anybody knows. */
  readonly hasEnded: (principal: Principal) => boolean;
}

const LIMITS = { tokens: 100, aliases: 10, depth: 5, pageCost: 100, values: 100, upstreamCalls: 10 };

/** The live responses of the product over the response cache of the product. Executions read items, and take their time. */
export function createLiveGateway(options: LiveGatewayOptions): LiveGateway {
  const { program, member, items, source, scheduler, random, history, facts, hasEnded } = options;
  const { cache, clock, life, process } = member;
  const identities = new WeakMap<IncomingMessage, Identity>();
  // The response cache uses nothing else of the repository.
  const newRead: Repository['newRead'] = (demand) => createRead(cache, demand);
  const repository = { newRead, newTrial: newRead } as Repository;
  const shared = createCache('answer', true);
  const personal = createCache('personal', false);
  const answers = {
    caches: [shared, personal],
    cachedQuery({ admission: { identity } }, parameters) {
      const { name, isPersonal } = questionOf((parameters as { readonly query: string }).query);
      const bare = `answer_${name}`;
      const key = isPersonal ? program.personalKey(bare, identity.key) : bare;
      const keys = { 'application/json': key, 'application/graphql-response+json': key };
      const query: CacheQuery = {
        parameters: parameters as CacheQuery['parameters'],
        ...{ operation: name, keys, isPersonal },
      };
      return { query, cache: isPersonal ? personal : shared };
    },
    register() {},
    execute() {
      throw new TypeError('all subscriptions of the simulation are valid');
    },
  } as Pick<Answers, 'caches' | 'cachedQuery' | 'register' | 'execute'> as Answers;
  const hub = program.createLiveHub({
    ...{ watch: cache.watch, clock, random: random.next },
    sleep: (ms) => scheduler.pause(life, ms),
    report(event) {
      if (event.type === 'internal-error') history.broken.push(`a fault: ${(event.cause as Error).stack}`);
      if (event.type === 'live-renewed') count(facts, event.result);
      if (event.type === 'live-delivered')
        for (const [kind, times] of Object.entries(event.frames)) if (times > 0) count(facts, kind);
    },
  });
  const requests: LiveRequests = program.createLiveRequests({
    ...{ answers, hub, watch: cache.watch, limits: LIMITS, clock },
    places: { take: () => () => {}, taken: 0, isClosed: false, close() {} },
    clientOf: () => 'client',
    async identify(request) {
      await scheduler.pause(life, random.whole(0, 10));
      const identity = identities.get(request) ?? NOBODY;
      return identity.principal && hasEnded(identity.principal) ? NOBODY : identity;
    },
  });

  return {
    hub,
    async open(question, viewer, connect) {
      const incoming = { headers: { authorization: viewer?.id } } as IncomingMessage;
      const identity = viewer ? { ...NOBODY, principal: viewer, key: viewer.id } : NOBODY;
      identities.set(incoming, identity);
      const request: ParsedRequest = {
        ...{ method: 'POST', text: '', headers: {}, mediaType: 'application/json', debug: false },
        directives: { noCache: false, noStore: false, onlyIfCached: false, maxAgeSeconds: null },
        admission: { ...ANYBODY, identity },
      };
      const origin = { request: incoming, requestId: '' };
      const opened = await requests.open(request, { query: question.text }, origin, connect);
      return 'refusal' in opened ? null : opened;
    },
  };

  function createCache(name: string, isShared: boolean): ResponseCache {
    const store = cache.derived({
      ...{ name, codec: responseCodec, weigh: weightOf, isShared },
      ...{ memoryBytes: 100_000, maxBytes: 10_000 },
    });
    const responses = createResponseCache({
      ...{ store, repository, clock, minIntervalMs: SETTINGS.minIntervalMs },
      execute: ({ operation }, request, read) => execute(operation as string, request, read),
      executeAtOnce: () => undefined,
    });
    return {
      ...responses,
      async renew(query, request) {
        const key = query.keys[request.mediaType];
        const renewal = { life, key, beganAt: scheduler.now(), endedAt: null as number | null };
        facts.renewals.push(renewal);
        noteRenewal(renewal, questionOf(`query ${query.operation}`));
        history.tell(() => `    process ${process} renews ${key}`);
        try {
          return await responses.renew(query, request);
        } finally {
          renewal.endedAt = scheduler.now();
          history.tell(() => `    process ${process} has renewed ${key}`);
        }
      },
    };
  }

  function noteRenewal(renewal: Renewal, question: SimulatedQuestion): void {
    const name = `${life} ${renewal.key}`;
    const now = scheduler.now();
    const known = facts.questions.get(name) ?? { question, process, since: now, renewals: 0 };
    known.renewals += 1;
    facts.questions.set(name, known);
    renewsForReasons({ history, facts, now }, renewal, source.loadsOf(question.ids));
  }

  async function execute(name: string, request: ParsedRequest, read: Read): Promise<GraphqlResponse> {
    const { ids, isDaily, isPersonal } = questionOf(`query ${name}`);
    count(facts, 'execution');
    const now = clock.now();
    if (isDaily) read.expireAt(new Date((dayOf(now) + 1) * DAY_MS));
    const outcomes: [number, unknown][] = [];
    // A query reads some items first, and others depending on them.
    const first = random.chance(0.5) ? ids.length : 1;
    for (const part of [ids.slice(0, first), ids.slice(first)]) {
      if (part.length === 0) continue;
      outcomes.push(...(await readIds(cache, items, part, source.loadOf(member), read)));
      if (random.chance(0.3)) await scheduler.pause(life, random.whole(0, 15));
    }
    const shown: Shown = {
      items: outcomes.map(([id, value]) => [id, value instanceof Error ? null : (value as number)]),
      day: isDaily ? dayOf(now) : null,
      viewer: isPersonal ? (request.admission.identity.principal?.id ?? null) : null,
    };
    const complete = !outcomes.some(([, value]) => value instanceof Error);
    const codes = complete ? [] : (['UPSTREAM_UNAVAILABLE'] as const);
    return { status: 200, bytes: Buffer.from(JSON.stringify(shown)), headers: {}, codes, complete };
  }
}
