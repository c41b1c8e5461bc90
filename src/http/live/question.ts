import { type Delivery, type HttpEvent, type Renewal, renewalChannel } from '../events.ts';
import type { LiveAnswer, LiveQuery } from './answer.ts';
import type { Subscriber } from './subscriber.ts';

export interface QuestionOptions {
  readonly query: LiveQuery;
  readonly clock: { monotonic(): number };
  readonly report: (event: HttpEvent) => void;
}

/**
 * One question with subscribers, and its present response. It goes by what the engine knows, and not by what woke it:
 * `check` asks whether the response is still good, and has it renewed if it is not. After a renewal it checks again, so
 * that no change is lost, and at most one renewal is under way.
 */
export interface Question {
  readonly key: string;
  readonly subscribers: ReadonlySet<Subscriber>;
  /** The tags whose invalidation wakes it. */
  readonly tags: ReadonlySet<string>;
  /** The present response, if it is fresh and verified. */
  present(): LiveAnswer | null;
  /** Gives the subscriber `now`, or a newer response, and all later ones. */
  add(subscriber: Subscriber, now: LiveAnswer): void;
  remove(subscriber: Subscriber): void;
  /** Takes a response that somebody else made, unless it is older. */
  offer(answer: LiveAnswer): void;
  /** Renews the response if need be. `woken`: one of the tags was invalidated. */
  check(woken: boolean): void;
}

// A response that is invalid again at once is renewed at once, but not without end.
const MAX_IN_A_ROW = 3;
// The pauses between renewals that find nothing fresh, and those between renewals that fail, in milliseconds.
const PAUSE_MS = 1000;
const MAX_PAUSE_MS = 8000;

export function createQuestion(first: LiveAnswer, options: QuestionOptions): Question {
  const { query, clock, report } = options;
  const subscribers = new Set<Subscriber>();
  let answer = first;
  let tags: ReadonlySet<string> = new Set(first.watched.tags);
  let isRenewing = false;
  // When the first invalidation came that no renewal has taken up yet.
  let wokenAt: number | null = null;
  let inARow = 0;
  let offeredMeanwhile: LiveAnswer | null = null;
  let pauseMs = 0;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  pauseAfter(first);

  return {
    key: query.key,
    subscribers,
    get tags() {
      return tags;
    },
    present: () => (answer.watched.state() === 'current' ? answer : null),
    add(subscriber, now) {
      offer(now);
      subscribers.add(subscriber);
      const { bytes } = answer.watched.state() === 'invalid' ? now : answer;
      subscriber.deliver(bytes, () => {});
    },
    remove: (subscriber) => void subscribers.delete(subscriber),
    offer,
    check(woken) {
      if (woken) wokenAt ??= clock.monotonic();
      inARow = 0;
      checkAgain();
    },
  };

  function offer(offered: LiveAnswer): void {
    if (isRenewing) {
      offeredMeanwhile = offered;
      return;
    }
    const isNewer = offered.watched.loadBeganAt >= answer.watched.loadBeganAt;
    const isBad = answer.watched.state() === 'invalid' || answer.codes.length > 0;
    if (offered !== answer && offered.watched.state() !== 'invalid' && (isBad || isNewer)) adopt(offered);
  }

  function checkAgain(): void {
    if (isRenewing || subscribers.size === 0 || inARow === MAX_IN_A_ROW) return;
    const cause = causeNow();
    if (cause === null) {
      wokenAt = null;
      return;
    }
    inARow += 1;
    void renew({ operation: query.operation, cause, subscribers: subscribers.size });
  }

  /** Why the response is to be renewed now; null if it is not. */
  function causeNow(): Renewal['cause'] | null {
    const state = answer.watched.state();
    const hasErrors = answer.codes.length > 0;
    // What failed may have depended on a tag that the response does not name.
    if (state === 'invalid' || (hasErrors && wokenAt !== null)) return 'invalidation';
    if (clock.monotonic() < pausedUntil) return null;
    if (hasErrors) return 'retry';
    return state === 'stale' ? 'freshness' : null;
  }

  async function renew(renewal: Renewal): Promise<void> {
    isRenewing = true;
    const beganAt = clock.monotonic();
    const knownSince = wokenAt ?? beganAt;
    wokenAt = null;
    let result: 'changed' | 'unchanged' | 'failed' = 'failed';
    try {
      result = await renewalChannel.tracePromise(async () => {
        const renewed = await query.renew();
        // An invalid response may be that of an older load. The next check has it renewed again.
        const isWorse = renewed.watched.state() === 'invalid' && answer.watched.state() !== 'invalid';
        return isWorse || !adopt(renewed, knownSince) ? 'unchanged' : 'changed';
      }, renewal);
    } catch (cause) {
      report({ type: 'internal-error', cause });
      pause(2 * pauseMs);
    }
    isRenewing = false;
    if (offeredMeanwhile) offer(offeredMeanwhile);
    offeredMeanwhile = null;
    report({
      type: 'live-renewed',
      ...{ operation: query.operation, result, durationMs: clock.monotonic() - beganAt },
    });
    checkAgain();
  }

  /** Whether its bytes are others. */
  function adopt(next: LiveAnswer, since = clock.monotonic()): boolean {
    const isChanged = !next.bytes.equals(answer.bytes);
    // The tags of what failed are unknown. Those of the last whole response are good enough to be told.
    const known = next.codes.length > 0 ? [...tags, ...next.watched.tags] : next.watched.tags;
    answer = isChanged ? next : { ...next, bytes: answer.bytes };
    tags = new Set(known);
    pauseAfter(next);
    if (isChanged) deliverToAll(since);
    return isChanged;
  }

  function pauseAfter({ codes, watched }: LiveAnswer): void {
    if (codes.length > 0) pause(2 * pauseMs);
    else if (watched.state() === 'stale') pause(PAUSE_MS);
    else pauseMs = 0;
  }

  function pause(ms: number): void {
    pauseMs = Math.min(MAX_PAUSE_MS, Math.max(PAUSE_MS, ms));
    pausedUntil = clock.monotonic() + pauseMs;
  }

  function deliverToAll(since: number): void {
    const frames: Record<Delivery, number> = { sent: 0, waiting: 0, replaced: 0, unchanged: 0 };
    let unsent = subscribers.size;
    const sent = () => {
      unsent -= 1;
      if (unsent === 0) report({ type: 'live-delivered', frames, latenessMs: clock.monotonic() - since });
    };
    for (const subscriber of subscribers) frames[subscriber.deliver(answer.bytes, sent)] += 1;
  }
}
