import { LRUCache } from 'lru-cache';
import type { Entry } from './entry.ts';

/** What this process believes of a tag's generation. */
interface Belief {
  /** Undefined where what was known is over, or Redis has none: it equals no entry's. */
  readonly token: string | undefined;
  /** The question whose answer this is. The token was current when that was sent, or later. */
  readonly question: Question;
  /** When that answer came. */
  readonly answeredAt: number;
  /** When this process last heard of an invalidation. */
  readonly endedAt: number;
  /** Something may have happened to it since. */
  readonly doubted: boolean;
}

/** A question about generations, put before it is sent: its place among all questions, and the time. */
export interface Question {
  readonly order: number;
  readonly at: number;
}

/** `ask`: what is known is too old, or missing, to say yes or no. */
type Verdict = 'valid' | 'invalid' | 'ask';

/** The generations this process knows, each believed for the trust time and then asked for again. */
export interface Generations {
  /** Whether the entry's generations are the current ones, as far as this process may believe what it knows. */
  judge(entry: Pick<Entry<unknown>, 'tags' | 'generations' | 'loadBeganAt'>, now: number): Verdict;
  ask(now: number): Question;
  /** Takes in an answer of Redis. One to an earlier question than the one that what is known answers changes nothing. */
  learn(tag: string, token: string | undefined, question: Question, now: number): void;
  /** Takes in that an invalidation of this process, which was sent when `question` was put, is acknowledged. */
  adopt(tag: string, token: string, question: Question, now: number): void;
  /** Takes in that another process has invalidated the tag. What was known is over. */
  end(tag: string, now: number): void;
  /** What is known of the tag now, believed or not. */
  tokenOf(tag: string): string | undefined;
  /** Believes nothing any more, of the tag or of all, that answers a question put before now. */
  doubt(tag?: string): void;
}

// A tag and a token are about 100 bytes. What falls out is asked for again. A size of 1 each, because the cache
// would set aside room for a `max` at once.
const MOST_TAGS_KNOWN = 100_000;

/** `trustMs` Infinity is for a process that is the only authority on its generations. */
export function createGenerations(trustMs: number): Generations {
  const beliefs = new LRUCache<string, Belief>({ maxSize: MOST_TAGS_KNOWN, sizeCalculation: () => 1 });
  let asked = 0;
  let doubted = 0;

  return {
    judge({ tags, generations, loadBeganAt }, now) {
      let verdict: Verdict = 'valid';
      for (let index = 0; index < tags.length; index += 1) {
        const belief = beliefs.get(tags[index] as string);
        const each = generations
          ? judgeToken(belief, generations[index], now)
          : judgeTime(belief, loadBeganAt, now);
        if (each === 'invalid') return each;
        if (each === 'ask') verdict = each;
      }
      return verdict;
    },
    ask,
    learn(tag, token, question, now) {
      const belief = beliefs.peek(tag);
      // Answers overtake each other. An earlier question may bring a token from before an invalidation that this
      // process has acknowledged since, so the one that was put last wins, whenever it arrives.
      if (belief !== undefined && question.order < belief.question.order) return;
      const endedAt = belief?.endedAt ?? Number.NEGATIVE_INFINITY;
      beliefs.set(tag, { token, question, answeredAt: now, endedAt, doubted: false });
    },
    adopt(tag, token, question, now) {
      // Acknowledgements overtake each other too. Where an answer to a question put after this invalidation was sent
      // is in already, either may be the later: another invalidation may have given the tag the next token, which
      // the process has acknowledged. Neither is believed then.
      const belief = beliefs.peek(tag);
      const isLast = belief === undefined || belief.question.order < question.order;
      // Its place is now, so that an answer that is still on its way cannot bring back the old token; its time is
      // when it was sent, because another process may have invalidated the tag again before the answer arrived.
      const { order } = ask(now);
      const answered = { question: { order, at: question.at }, answeredAt: now, endedAt: now };
      beliefs.set(tag, { token: isLast ? token : undefined, ...answered, doubted: false });
    },
    end(tag, now) {
      // A message that comes late tells of a token that may be over itself, so none is taken from it: the next to
      // ask hears the current one from Redis.
      beliefs.set(tag, {
        token: undefined,
        question: ask(now),
        answeredAt: now,
        endedAt: now,
        doubted: false,
      });
    },
    tokenOf: (tag) => beliefs.peek(tag)?.token,
    doubt(tag) {
      if (tag === undefined) doubted = asked;
      const belief = tag !== undefined && beliefs.peek(tag);
      // It keeps its place: an answer from before an acknowledged invalidation must not come back because of a doubt.
      if (belief) beliefs.set(tag, { ...belief, doubted: true });
    },
  };

  function ask(now: number): Question {
    asked += 1;
    return { order: asked, at: now };
  }

  function judgeToken(belief: Belief | undefined, token: string | undefined, now: number): Verdict {
    if (!belief) return 'ask';
    // Whatever entry this process has came with its tokens, so one that differs is older than what is known.
    if (belief.token !== token || token === undefined) return 'invalid';
    const { question } = belief;
    return !belief.doubted && question.order > doubted && now - question.at < trustMs ? 'valid' : 'ask';
  }

  /**
   * For an entry whose load began without knowing the generations. No invalidation that was acknowledged before its
   * load began is younger than it, so it may be believed for as long as anything else, unless one was heard of since.
   * Once that is over it is good for as long as Redis does not answer.
   */
  function judgeTime(belief: Belief | undefined, loadBeganAt: number, now: number): Verdict {
    if (belief && belief.endedAt >= loadBeganAt) return 'invalid';
    if (now - loadBeganAt < trustMs) return 'valid';
    return belief && belief.answeredAt >= loadBeganAt ? 'invalid' : 'ask';
  }
}
