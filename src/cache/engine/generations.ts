import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { Entry, LogicalTime } from './entry.ts';

/** What this process knows of a tag's generation. `learnedAt` and `invalidatedAt` are sequences of logical times. */
interface KnownGeneration {
  /** Undefined after an invalidation of unknown token, or if Redis has none: equals the token of no entry. */
  readonly token: string | undefined;
  /** When the read that gave the token was sent. The token was current then or later. */
  readonly time: LogicalTime;
  /** When the reply of that read arrived. */
  readonly learnedAt: number;
  /** When this process last heard of an invalidation; 0 if it never has. */
  readonly invalidatedAt: number;
  /** The tag may have been invalidated since. */
  readonly isUnverified: boolean;
}

/** `unverified`: what this process knows is too old, or missing, to say yes or no. */
type Verdict = 'valid' | 'invalid' | 'unverified';

/** The generations that this process knows. It trusts each for the trust time and then reads it from Redis again. */
export interface Generations {
  /** Whether the entry's generations are the current ones, as far as this process knows. */
  judge(entry: Pick<Entry<unknown>, 'tags' | 'generations'>): Verdict;
  /** The next logical time. Take it before sending a read: the reply is no older than it. */
  tick(): LogicalTime;
  /** Records the token that a read of Redis gave. Ignored if a newer read is already recorded. */
  learn(tag: string, token: string | undefined, time: LogicalTime): void;
  /** Records the token of an acknowledged invalidation of this process. `time` is when it was sent. */
  adopt(tag: string, token: string, time: LogicalTime): void;
  /** Records that another process has invalidated the tag. The known token is no longer current. */
  markInvalidated(tag: string): void;
  /**
   * The generations of an entry whose load begins now, without a read of Redis. An unverified token is good enough: the
   * entry becomes valid only if the token is still current. A token that is current after the outage and was current
   * before the load has been current all the while, because tokens never return: no invalidation was acknowledged in
   * between.
   *
   *   this process   knows A ── Redis away ── load begins ───────── Redis is back: A, valid; B, dropped
   *   another        ──────────────────────────────── invalidates: B ──
   *
   * If this process knew no token, B may be from before or after the load. The entry is dropped.
   */
  of(tags: readonly string[]): Entry<unknown>['generations'];
  /** The known token of the tag, verified or not. */
  tokenOf(tag: string): string | undefined;
  /** Trusts nothing that was read before now, of the tag or of all tags. */
  markUnverified(tag?: string): void;
  /** Changes whenever this process hears of a possible invalidation. */
  readonly epoch: number;
  /** Until when this process trusts the generations of the tags if it hears of no invalidation; monotonic clock. */
  trustedUntil(tags: readonly string[]): number;
}

// A tag and a token take about 100 bytes. An evicted generation is read again. Each has size 1, because LRUCache
// allocates all slots of a `max` at once.
const MAX_KNOWN_TAGS = 100_000;

export interface GenerationsOptions {
  /** How long a read of Redis is trusted, in milliseconds. */
  readonly trustMs: number;
  readonly clock: Clock;
  /** Gives the generations of a process without Redis; null with Redis, which is the authority then. */
  readonly newToken: (() => string) | null;
}

export function createGenerations({ trustMs, clock, newToken }: GenerationsOptions): Generations {
  const knownByTag = new LRUCache<string, KnownGeneration>({
    maxSize: MAX_KNOWN_TAGS,
    sizeCalculation: () => 1,
  });
  let sequence = 0;
  let unverifiedBefore = 0;
  let epoch = 0;

  return {
    judge({ tags, generations }) {
      const now = clock.monotonic();
      let verdict: Verdict = 'valid';
      for (let index = 0; index < tags.length; index += 1) {
        const known = knownByTag.get(tags[index] as string);
        const each =
          'sequence' in generations
            ? judgeByTime(known, generations, now)
            : judgeToken(known, generations[index], now);
        if (each === 'invalid') return each;
        if (each === 'unverified') verdict = each;
      }
      return verdict;
    },
    tick,
    learn,
    adopt(tag, token, time) {
      // Acknowledgements can arrive out of order. If a read that was sent after this invalidation is already recorded,
      // either token may be the newer one: another acknowledged invalidation may have replaced this token. Neither is
      // trusted then.
      const known = knownByTag.peek(tag);
      const isLast = known === undefined || known.time.sequence < time.sequence;
      // The sequence is that of now, so that a reply still on its way cannot bring back the old token. The time is when
      // the invalidation was sent: another process may have invalidated the tag again before the reply arrived.
      record(tag, isLast ? token : undefined, time.at);
    },
    // A late message would carry a token that may be outdated itself, so messages carry none: the next read of Redis
    // gives the current token.
    markInvalidated: (tag) => record(tag, undefined, clock.monotonic()),
    of(tags) {
      const tokens = tags.map((tag) => tokenOf(tag) ?? (newToken && first(tag, newToken())));
      return tokens.every((token) => typeof token === 'string') ? tokens : tick();
    },
    tokenOf,
    markUnverified,
    get epoch() {
      return epoch;
    },
    trustedUntil: (tags) =>
      Math.min(...tags.map((tag) => knownByTag.peek(tag)?.time.at ?? Number.NEGATIVE_INFINITY)) + trustMs,
  };

  function tick(): LogicalTime {
    sequence += 1;
    return { sequence, at: clock.monotonic() };
  }

  function learn(tag: string, token: string | undefined, time: LogicalTime): void {
    const known = knownByTag.peek(tag);
    // Replies can arrive out of order. An earlier read may return a token from before an invalidation that this process
    // has acknowledged since, so the read that was sent last wins, whenever its reply arrives.
    if (known !== undefined && time.sequence < known.time.sequence) return;
    // The read may have found no generation because it ran before the known one was created. The order is unknown, so
    // the generation is read again.
    if (token === undefined && known?.token !== undefined && known.learnedAt > time.sequence) {
      markUnverified(tag);
      return;
    }
    const invalidatedAt = known?.invalidatedAt ?? 0;
    // Without a known token nothing was valid, so nothing becomes invalid.
    if (known?.token !== undefined && known.token !== token) epoch += 1;
    knownByTag.set(tag, { token, time, learnedAt: tick().sequence, invalidatedAt, isUnverified: false });
  }

  function markUnverified(tag?: string): void {
    epoch += 1;
    if (tag === undefined) unverifiedBefore = sequence;
    const known = tag !== undefined && knownByTag.peek(tag);
    // The time stays: a reply from before an acknowledged invalidation must not be recorded after this.
    if (known) knownByTag.set(tag, { ...known, isUnverified: true });
  }

  function first(tag: string, token: string): string {
    learn(tag, token, tick());
    return token;
  }

  function tokenOf(tag: string): string | undefined {
    return knownByTag.peek(tag)?.token;
  }

  /** Replaces what is known of the tag as of now. */
  function record(tag: string, token: string | undefined, at: number): void {
    const { sequence: now } = tick();
    epoch += 1;
    knownByTag.set(tag, {
      token,
      time: { sequence: now, at },
      learnedAt: now,
      invalidatedAt: now,
      isUnverified: false,
    });
  }

  function judgeToken(known: KnownGeneration | undefined, token: string | undefined, now: number): Verdict {
    if (!known) return 'unverified';
    // This process learns the tokens together with each entry, so an entry with another token is older.
    if (known.token !== token || token === undefined) return 'invalid';
    const { time } = known;
    const isTrusted = !known.isUnverified && time.sequence > unverifiedBefore && now - time.at < trustMs;
    return isTrusted ? 'valid' : 'unverified';
  }

  /**
   * Judges an entry whose load began without known generations. Every invalidation that was acknowledged before the load
   * began is older than the entry, so the entry is trusted for the trust time, unless this process heard of an
   * invalidation since. After that the entry is served only while Redis does not answer.
   */
  function judgeByTime(known: KnownGeneration | undefined, loadBegan: LogicalTime, now: number): Verdict {
    if (known && known.invalidatedAt >= loadBegan.sequence) return 'invalid';
    if (now - loadBegan.at < trustMs) return 'valid';
    return known && known.learnedAt >= loadBegan.sequence ? 'invalid' : 'unverified';
  }
}
