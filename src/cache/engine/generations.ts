import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { Entry } from './entry.ts';
import type { Question } from './question.ts';

/** What this process believes of a tag's generation. `answered` and `ended` are places in the order of questions. */
interface Belief {
  /** Undefined where what was known is over, or Redis has none: it equals no entry's. */
  readonly token: string | undefined;
  /** The question whose answer this is. The token was current when that was sent, or later. */
  readonly question: Question;
  /** When that answer came. */
  readonly answered: number;
  /** When this process last heard of an invalidation. */
  readonly ended: number;
  /** Something may have happened to it since. */
  readonly doubted: boolean;
}

/** `ask`: what is known is too old, or missing, to say yes or no. */
type Verdict = 'valid' | 'invalid' | 'ask';

/** The generations this process knows, each believed for the trust time and then asked for again. */
export interface Generations {
  /** Whether the entry's generations are the current ones, as far as this process may believe what it knows. */
  judge(entry: Pick<Entry<unknown>, 'tags' | 'generations'>): Verdict;
  ask(): Question;
  /** Takes in an answer of Redis. One to an earlier question than the one that what is known answers changes nothing. */
  learn(tag: string, token: string | undefined, question: Question): void;
  /** Takes in that an invalidation of this process, which was sent when `question` was put, is acknowledged. */
  adopt(tag: string, token: string, question: Question): void;
  /** Takes in that another process has invalidated the tag. What was known is over. */
  end(tag: string): void;
  /**
   * The generations of an entry whose load begins now and cannot ask for them. An old belief will do: it validates
   * only if it is still true. A token that is current after the outage and was current before the load has been so
   * all the while, for tokens never come back: no invalidation was acknowledged in between.
   *
   *   this process   knows A ── Redis away ── load begins ───────── Redis is back: A, valid; B, dropped
   *   another        ──────────────────────────────── invalidates: B ──
   *
   * Where none was known, B may have been given before the load or after it. Nobody can tell, so it is dropped.
   */
  of(tags: readonly string[]): Entry<unknown>['generations'];
  /** What is known of the tag now, believed or not. */
  tokenOf(tag: string): string | undefined;
  /** Believes nothing any more, of the tag or of all, that answers a question put before now. */
  doubt(tag?: string): void;
  /** Changes whenever this process hears that anything may have been invalidated. */
  readonly epoch: number;
  /** Until when these tags' generations are believed if nothing is heard, by the monotonic clock. */
  trustedUntil(tags: readonly string[]): number;
}

// A tag and a token are about 100 bytes. What falls out is asked for again. A size of 1 each, because the cache
// would set aside room for a `max` at once.
const MOST_TAGS_KNOWN = 100_000;

export interface GenerationsOptions {
  /** How long an answer of Redis is believed, in milliseconds. */
  readonly trustMs: number;
  readonly clock: Clock;
  /** Makes the generations of a process that is the only authority on them; null where Redis is. */
  readonly newToken: (() => string) | null;
}

export function createGenerations({ trustMs, clock, newToken }: GenerationsOptions): Generations {
  const beliefs = new LRUCache<string, Belief>({ maxSize: MOST_TAGS_KNOWN, sizeCalculation: () => 1 });
  let asked = 0;
  let doubted = 0;
  let epoch = 0;

  return {
    judge({ tags, generations }) {
      const now = clock.monotonic();
      let verdict: Verdict = 'valid';
      for (let index = 0; index < tags.length; index += 1) {
        const belief = beliefs.get(tags[index] as string);
        const each =
          'order' in generations
            ? judgeBeginning(belief, generations, now)
            : judgeToken(belief, generations[index], now);
        if (each === 'invalid') return each;
        if (each === 'ask') verdict = each;
      }
      return verdict;
    },
    ask,
    learn,
    adopt(tag, token, question) {
      // Acknowledgements overtake each other too. Where an answer to a question put after this invalidation was sent
      // is in already, either may be the later: another invalidation may have given the tag the next token, which
      // the process has acknowledged. Neither is believed then.
      const belief = beliefs.peek(tag);
      const isLast = belief === undefined || belief.question.order < question.order;
      // Its place is now, so that an answer that is still on its way cannot bring back the old token; its time is
      // when it was sent, because another process may have invalidated the tag again before the answer arrived.
      settle(tag, isLast ? token : undefined, question.at);
    },
    // A message that comes late tells of a token that may be over itself, so none is taken from it: the next to
    // ask hears the current one from Redis.
    end: (tag) => settle(tag, undefined, clock.monotonic()),
    of(tags) {
      const tokens = tags.map((tag) => tokenOf(tag) ?? (newToken && first(tag, newToken())));
      return tokens.every((token) => typeof token === 'string') ? tokens : ask();
    },
    tokenOf,
    doubt,
    get epoch() {
      return epoch;
    },
    trustedUntil: (tags) =>
      Math.min(...tags.map((tag) => beliefs.peek(tag)?.question.at ?? Number.NEGATIVE_INFINITY)) + trustMs,
  };

  function ask(): Question {
    asked += 1;
    return { order: asked, at: clock.monotonic() };
  }

  function learn(tag: string, token: string | undefined, question: Question): void {
    const belief = beliefs.peek(tag);
    // Answers overtake each other. An earlier question may bring a token from before an invalidation that this
    // process has acknowledged since, so the one that was put last wins, whenever it arrives.
    if (belief !== undefined && question.order < belief.question.order) return;
    // That there was none may have been so before the generation was made whose token is known. Nobody can tell: it is
    // asked for again.
    if (token === undefined && belief?.token !== undefined && belief.answered > question.order) {
      doubt(tag);
      return;
    }
    const ended = belief?.ended ?? 0;
    // Where none was known, nothing was valid that now is not.
    if (belief?.token !== undefined && belief.token !== token) epoch += 1;
    beliefs.set(tag, { token, question, answered: ask().order, ended, doubted: false });
  }

  function doubt(tag?: string): void {
    epoch += 1;
    if (tag === undefined) doubted = asked;
    const belief = tag !== undefined && beliefs.peek(tag);
    // It keeps its place: an answer from before an acknowledged invalidation must not come back because of a doubt.
    if (belief) beliefs.set(tag, { ...belief, doubted: true });
  }

  function first(tag: string, token: string): string {
    learn(tag, token, ask());
    return token;
  }

  function tokenOf(tag: string): string | undefined {
    return beliefs.peek(tag)?.token;
  }

  /** What was known of the tag is over as of now. */
  function settle(tag: string, token: string | undefined, at: number): void {
    const { order } = ask();
    epoch += 1;
    beliefs.set(tag, { token, question: { order, at }, answered: order, ended: order, doubted: false });
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
  function judgeBeginning(belief: Belief | undefined, began: Question, now: number): Verdict {
    if (belief && belief.ended >= began.order) return 'invalid';
    if (now - began.at < trustMs) return 'valid';
    return belief && belief.answered >= began.order ? 'invalid' : 'ask';
  }
}
