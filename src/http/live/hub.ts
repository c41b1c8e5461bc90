import { AsyncLocalStorage } from 'node:async_hooks';
import type { Watch } from '../../cache/index.ts';
import type { Principal } from '../../domain/principal.ts';
import type { ClosedBy, EndReason, HttpEvent } from '../events.ts';
import type { LiveAnswer, LiveQuery } from './answer.ts';
import { createQuestion, type Question } from './question.ts';
import { createSpread } from './spread.ts';
import { createStreamSessions, type StreamSession } from './stream-sessions.ts';
import type { Subscriber } from './subscriber.ts';

/** All live questions of this process. */
export interface LiveHub {
  /** The present response to the question of the key, if it has subscribers, and the response is fresh and verified. */
  present(key: string): LiveAnswer | null;
  /**
   * Gives the subscriber the response, and each later one. `answer` is what the query answers now. The stream ends with
   * the session; null for nobody. The returned function removes the subscriber: call it when its connection has closed.
   */
  add(
    query: LiveQuery,
    answer: LiveAnswer,
    subscriber: Subscriber,
    session: StreamSession | null,
  ): () => void;
  /** Another part has a newer response to the question of the key. */
  offer(key: string, newer: () => LiveAnswer): void;
  /** Ends the streams of the principal. */
  endSession(principal: Principal): void;
  usage(): { readonly questions: number };
  /** Ends all streams, spread over a second, so that their clients do not come to another process together. */
  stop(): Promise<void>;
}

export interface LiveHubOptions {
  readonly watch: Watch;
  readonly clock: { monotonic(): number; now(): number };
  readonly sleep: (ms: number) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly report: (event: HttpEvent) => void;
}

// At most half a trust time passes between two looks at a question: the rest is for its renewal.
const MAX_LOOK_MS = 500;
// Sessions are looked at more often: those that were verified within the trust time cost nothing.
const TICKS_PER_LOOK = 5;

/**
 * The questions that somebody follows. Messages wake them at once. A tick makes up for messages that are lost: twice in
 * each trust time it reads the generations of all tags together, and looks at what has ended meanwhile.
 */
export function createLiveHub(options: LiveHubOptions): LiveHub {
  const { watch, clock, sleep, random, report } = options;
  const spread = createSpread(sleep, random);
  const tickMs = Math.min(MAX_LOOK_MS, watch.trustMs / 2) / TICKS_PER_LOOK;
  const questions = new Map<string, Question>();
  const endings = new Map<Subscriber, ClosedBy | null>();
  const sessions = createStreamSessions(clock);
  let isTicking = false;
  let isStopping = false;

  // What a request causes here lasts longer than the request, and is no part of its trace or its log lines.
  const outside = AsyncLocalStorage.snapshot();

  watch.onInvalidated((tags) => outside(wake, tags));

  return {
    present: (key) => questions.get(key)?.present() ?? null,
    add(query, answer, subscriber, session) {
      const question = questions.get(query.key) ?? createQuestion(answer, { query, clock, report });
      questions.set(query.key, question);
      question.add(subscriber, answer);
      endings.set(subscriber, null);
      if (session) sessions.add(subscriber, session);
      const openedAt = clock.monotonic();
      report({ type: 'live-opened', transport: subscriber.transport });
      outside(question.check, false);
      if (!isTicking) void outside(tick);
      if (isStopping) end(subscriber, 'back');
      return () => {
        const endedBy = endings.get(subscriber);
        if (endedBy === undefined) return;
        endings.delete(subscriber);
        sessions.remove(subscriber);
        question.remove(subscriber);
        subscriber.closed();
        const isOver = question.subscribers.size === 0 && questions.get(question.key) === question;
        if (isOver) questions.delete(question.key);
        const durationMs = clock.monotonic() - openedAt;
        report({ type: 'live-closed', transport: subscriber.transport, by: endedBy ?? 'client', durationMs });
      };
    },
    offer(key, newer) {
      questions.get(key)?.offer(newer());
    },
    endSession(principal) {
      void outside(sessions.verify, (subscriber: Subscriber) => end(subscriber, 'session'), principal);
    },
    usage: () => ({ questions: questions.size }),
    async stop() {
      isStopping = true;
      await spread(endings.keys(), (subscriber) => end(subscriber, 'back'));
    },
  };

  function end(subscriber: Subscriber, reason: EndReason): void {
    if (endings.get(subscriber) !== null) return;
    endings.set(subscriber, reason);
    subscriber.end(reason);
  }

  function wake(tags: readonly string[] | null): void {
    if (tags === null) void lookAtAll();
    else
      for (const question of questions.values()) {
        if (tags.some((tag) => question.tags.has(tag))) question.check(true);
      }
  }

  async function tick(): Promise<void> {
    isTicking = true;
    for (let ticks = 1; endings.size > 0; ticks += 1) {
      await sleep(tickMs);
      void sessions.verify((subscriber) => end(subscriber, 'session'));
      if (ticks % TICKS_PER_LOOK > 0) continue;
      for (const subscriber of endings.keys()) if (subscriber.tend()) endings.set(subscriber, 'slow');
      void lookAtAll();
    }
    isTicking = false;
  }

  async function lookAtAll(): Promise<void> {
    const tags = new Set<string>();
    for (const question of questions.values()) for (const tag of question.tags) tags.add(tag);
    // If Redis is away, nobody can invalidate anything: what is known stands, and time goes on.
    await watch.verify([...tags]).catch(() => {});
    for (const question of questions.values()) question.check(false);
  }
}
