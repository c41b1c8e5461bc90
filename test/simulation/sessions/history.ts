/** The times of the simulated gateways, in milliseconds: short, so that every expiry occurs. */
export const SETTINGS = { trustMs: 1000, timeoutMs: 50, idleMs: 120_000, maxMs: 400_000, graceMs: 60_000 };

/** How far the clock of a process may be from the time. */
export const MAX_OFFSET_MS = 3000;

/** What happened to one session, by the time of the simulation. */
export interface SessionFacts {
  readonly hash: string;
  readonly userId: string;
  /** When the sign-in was answered. */
  readonly beganAt: number;
  readonly expiresAt: number;
  /** When the store was last read and had it. */
  readAt: number;
  /** When somebody began to sign it out, and when that was acknowledged. */
  endBeganAt: number;
  endedAt: number;
  /** Where a sign-out was kept, and when. */
  readonly kept: Map<number, number>;
  /** The processes that have heard of the sign-out. */
  readonly heard: Set<number>;
  /** Redis has dropped it after the idle time. */
  idledOut: boolean;
}

/** One answered request. */
export interface Answer {
  readonly life: number;
  readonly askedAt: number;
  readonly at: number;
  /** Null for nobody. */
  readonly result: { readonly userId: string } | 'unavailable' | null;
  /** When the store had verified the session, as this process or the claim of the browser shows; -Infinity if unknown. */
  readonly provenAt: number;
}

/** What happened to Redis. */
export interface RedisFacts {
  /** Since when it replies in time, without a pause; Infinity while it does not. */
  upSince: number;
  emptiedAt: number;
}

const { trustMs, timeoutMs, graceMs } = SETTINGS;
/** By how much a moment by one clock may differ from the same by another. */
const SKEW_MS = 2 * MAX_OFFSET_MS;
/** A verification waits for Redis twice: for the session, and for what is remembered of sign-outs. */
const WAIT_MS = 4 * timeoutMs;

/** The promise that the answer breaks; null if it breaks none. `session` is null for an id that nobody was given. */
export function judge(
  session: SessionFacts | null,
  answer: Answer,
  redis: RedisFacts,
  note: (exemption: string) => void,
): string | null {
  const { result, askedAt, at, life, provenAt } = answer;
  const isIn = result !== null && result !== 'unavailable';
  if (!session) return isIn ? '1: an id that nobody was given is let in' : null;
  if (isIn && result.userId !== session.userId) return '1: a session is taken for one of another user';
  const isEmptiedSince = redis.emptiedAt >= session.beganAt - WAIT_MS;
  if (isIn) {
    const isLate = askedAt > session.endedAt + trustMs + WAIT_MS;
    // The documented window: this process did not hear of the sign-out, and the store cannot tell it.
    const isStoreMute = redis.emptiedAt >= session.endBeganAt || redis.upSince > session.endedAt;
    const isUnheard = isStoreMute && !session.heard.has(life);
    if (isLate && isUnheard) note('let in after a sign-out that was not heard');
    if (isLate && !isUnheard) return '2: a session is let in after its acknowledged sign-out';
    const keptAt = session.kept.get(life);
    if (keptAt !== undefined && askedAt > keptAt)
      return '3: the process that keeps a sign-out lets the session in';
    if (askedAt > session.readAt + graceMs + SKEW_MS + WAIT_MS)
      return '4: a session is let in longer than the grace after the store had it';
    if (askedAt > session.expiresAt + SKEW_MS) return '5: a session is let in after its end';
    const isStoreSure = redis.upSince < askedAt - trustMs - WAIT_MS && !isEmptiedSince;
    if (isStoreSure && session.readAt < askedAt - trustMs - WAIT_MS)
      return '6: a session is let in that the store does not have';
    return null;
  }
  const isOver = at > session.endBeganAt || at > session.expiresAt - SKEW_MS || session.idledOut;
  const isProven = at < provenAt + graceMs - SKEW_MS;
  if (result === 'unavailable') {
    if (redis.upSince < askedAt - WAIT_MS) return '7: a session cannot be verified while Redis replies';
    return isProven && !isOver ? '8: a session that was verified within the grace is turned away' : null;
  }
  if (isOver) return null;
  if (!isEmptiedSince) return '9: a session that goes on is taken for nobody';
  return isProven ? '10: a session that was verified within the grace is taken for nobody' : null;
}
