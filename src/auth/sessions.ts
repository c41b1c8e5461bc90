import { hash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { createSingleFlight } from '../cache/index.ts';
import { SessionUnavailable } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import { bounded } from './bounded.ts';
import { type Claim, MAX_SKEW_MS } from './claims.ts';
import { createRevocations } from './revocations.ts';
import type { SessionCookies, Sessions, SessionsOf, SessionsOptions, Verification } from './session-api.ts';
import type { FoundSession, Session } from './session-store.ts';

/** A session in the memory of this process. All moments are by the monotonic clock. */
interface Known extends Claim {
  readonly principal: Principal;
  readonly verification: Verification;
  /** Before the store was asked, when it last had the session. The grace counts from here. */
  readonly verifiedAtMonotonic: number;
  /** Until then nobody asks the store again. */
  trustedUntil: number;
  renewedAt: number;
  claimedAt: number;
}

/** How long the reply of the store is trusted, in milliseconds. */
const TRUST_MS = 1000;
/** The idle expiry and the claim are renewed at most this often. */
const RENEW_EVERY_MS = 60_000;
const MAX_KNOWN = 20_000;
const ID = /^[\w-]{43}$/;

const NOBODY: Verification = { principal: null, claim: null };

export function createSessions(options: SessionsOptions): Sessions {
  const { store, claims, idleMs, maxMs, graceMs, clock, report, onEnd } = options;
  // With a short idle expiry, sessions that are used must not run out between two renewals.
  const renewEveryMs = Math.min(RENEW_EVERY_MS, idleMs / 4);
  const known = new LRUCache<string, Known>(bounded(MAX_KNOWN));
  const flights = createSingleFlight<string, Verification>();
  // A hash takes as long as all the rest of a verification in memory.
  const hashes = new WeakMap<SessionCookies, string>();
  const revocations = createRevocations({
    ...options,
    memoryMs: graceMs + MAX_SKEW_MS,
    onEnded: forget,
    onUserEnded(userId, at) {
      for (const session of known.values())
        if (session.userId === userId && session.signedInAt <= at) forget(session.hash);
    },
  });

  return {
    verify(cookies) {
      const { id, claim } = cookies;
      const sessionHash = hashes.get(cookies) ?? (ID.test(id) ? hashOf(id) : null);
      if (sessionHash === null) return NOBODY;
      hashes.set(cookies, sessionHash);
      const session = known.get(sessionHash);
      if (session && clock.now() >= session.expiresAt) {
        forget(sessionHash);
        return NOBODY;
      }
      if (session && clock.monotonic() < session.trustedUntil) return session.verification;
      const key = `${sessionHash} ${claim ?? ''}`;
      return flights.join(key) ?? flights.add(key, ask(sessionHash, claim));
    },
    async signIn({ id: userId, name: userName }, place) {
      const id = randomBytes(32).toString('base64url');
      const asked = { monotonic: clock.monotonic(), now: clock.now() };
      const endedAt = await lastEndOf(userId);
      // A sign-out of all sessions of the user may be by a clock that is ahead. It ends those that began before.
      const signedInAt = Math.max(Math.floor(asked.now), endedAt + 1);
      const expiresAt = signedInAt + maxMs;
      const stored = { hash: hashOf(id), userId, userName, signedInAt, expiresAt, ...place };
      const epoch = await store.add(stored).catch(() => {
        throw unavailable();
      });
      revocations.noteEpoch(epoch);
      const session = remember({ ...stored, epoch, verifiedAt: asked.now }, asked.monotonic);
      session.renewedAt = asked.monotonic;
      return { id, claim: await claimFor(session, null), principal: session.principal };
    },
    async signOut(id, userId, everywhere) {
      // By its hash too: the store may not list it, if it was emptied.
      const outcomes = await Promise.all([
        ID.test(id) ? revocations.revoke(hashOf(id), userId) : 'done',
        everywhere && userId !== null ? revocations.revokeUser(userId) : 'done',
      ]);
      const outcome = outcomes.includes('kept') ? 'kept' : 'done';
      report({ type: 'signed-out', everywhere, outcome });
      return outcome;
    },
    isEnding: (id) => ID.test(id) && revocations.isPending(hashOf(id)),
    list: (maxUsers) => store.list(maxUsers).catch(unlisted),
    find: (of) => findStored(of).catch(unlisted),
    async revoke(of) {
      const everywhere = 'userId' in of;
      const outcome = await (everywhere
        ? revocations.revokeUser(of.userId)
        : revocations.revoke(of.hash, null));
      report({ type: 'signed-out', everywhere, outcome });
      return outcome;
    },
    usage: () => ({ known: known.size, pending: revocations.pending() }),
    flush: () => revocations.flush(),
    close: () => revocations.close(),
  };

  /** When all sessions of the user were ended, by the clock of the process that did it. @throws SessionUnavailable */
  async function lastEndOf(userId: string): Promise<number> {
    const stored = await store.endedAt(userId).catch(() => {
      throw unavailable();
    });
    return Math.max(stored ?? 0, revocations.lastEndOf(userId));
  }

  async function findStored(of: SessionsOf): Promise<readonly Session[]> {
    if ('userId' in of) return store.ofUser(of.userId);
    const { session } = await store.find(of.hash);
    return session ? [session] : [];
  }

  async function ask(sessionHash: string, claim: string | null): Promise<Verification> {
    const asked = { monotonic: clock.monotonic(), now: clock.now() };
    const found = await store.find(sessionHash).catch(() => null);
    if (found) revocations.noteEpoch(found.epoch);
    const conclude = (outcome: 'live' | 'absent' | 'grace' | 'unavailable') =>
      report({ type: 'session-verified', outcome, durationMs: clock.monotonic() - asked.monotonic });
    if (found?.session && !revocations.has(found.session)) {
      conclude('live');
      const { session, epoch } = found;
      const verified = remember({ ...session, epoch, verifiedAt: asked.now }, asked.monotonic);
      if (asked.monotonic - verified.renewedAt >= renewEveryMs) {
        verified.renewedAt = asked.monotonic;
        store.renew(session).catch(() => {});
      }
      const renewed = await claimFor(verified, claim);
      // Signed out meanwhile: later requests may have joined this flight.
      return revocations.has(verified) ? NOBODY : { principal: verified.principal, claim: renewed };
    }
    const proof = await proofOf(sessionHash, claim);
    const isOver = found !== null && (await isOverBy(found, proof));
    if (isOver || revocations.hasUnconfirmed(proof ?? { hash: sessionHash, userId: '', signedInAt: 0 })) {
      conclude('absent');
      forget(sessionHash);
      // While the store is away later, the proof must not count again.
      if (isOver && proof) revocations.learn(sessionHash);
      return NOBODY;
    }
    if (!proof) {
      conclude('unavailable');
      throw unavailable();
    }
    conclude('grace');
    const now = clock.monotonic();
    const verifiedAt = Math.min(now, now - (clock.now() - proof.verifiedAt));
    const held = known.get(sessionHash) ?? remember(proof, verifiedAt);
    held.trustedUntil = Math.min(now + TRUST_MS, held.verifiedAtMonotonic + graceMs);
    return { principal: held.principal, claim: null };
  }

  /** Whether a session that the store does not have has ended. */
  async function isOverBy({ epoch, isEnded }: FoundSession, proof: Claim | null): Promise<boolean> {
    if (isEnded || proof === null || proof.epoch === epoch) return true;
    // In a store that was emptied after it verified the session, the absence says nothing.
    const endedAt = await store.endedAt(proof.userId).catch(() => null);
    return endedAt !== null && proof.signedInAt <= endedAt;
  }

  /** What shows that the store has verified the session within the grace: the memory of this process, or a claim. */
  async function proofOf(sessionHash: string, token: string | null): Promise<Claim | null> {
    const held = known.get(sessionHash);
    const isRecent = held && clock.monotonic() - held.verifiedAtMonotonic < graceMs;
    const claim = isRecent ? held : claims && token !== null ? await claims.read(token) : null;
    const isFitting = claim?.hash === sessionHash && clock.now() < claim.expiresAt;
    if (isFitting && !isRecent) known.delete(sessionHash);
    return isFitting ? claim : null;
  }

  function remember(claim: Claim, verifiedAtMonotonic: number): Known {
    const { userId: id, userName: name, signedInAt, expiresAt } = claim;
    const before = known.get(claim.hash);
    const principal = before?.principal ?? { id, name, kind: 'user', signedInAt, expiresAt };
    const session: Known = {
      ...claim,
      principal,
      verification: { principal, claim: null },
      verifiedAtMonotonic,
      trustedUntil: verifiedAtMonotonic + TRUST_MS,
      renewedAt: before?.renewedAt ?? Number.NEGATIVE_INFINITY,
      claimedAt: before?.claimedAt ?? Number.NEGATIVE_INFINITY,
    };
    known.set(claim.hash, session);
    return session;
  }

  /** A new claim for a session that the store has just verified; null if the browser has a good one. */
  async function claimFor(session: Known, given: string | null): Promise<string | null> {
    const isDue = given === null || session.verifiedAtMonotonic - session.claimedAt >= RENEW_EVERY_MS;
    if (!claims || !isDue) return null;
    session.claimedAt = session.verifiedAtMonotonic;
    return claims.sign(session);
  }

  function forget(sessionHash: string): void {
    const session = known.get(sessionHash);
    if (known.delete(sessionHash) && session) onEnd(session.principal);
  }
}

function unavailable(): SessionUnavailable {
  return new SessionUnavailable('The session cannot be verified now. Try again.', { retryAfterMs: TRUST_MS });
}

function unlisted(): never {
  throw new SessionUnavailable('The sessions cannot be listed now. Try again.', { retryAfterMs: TRUST_MS });
}

function hashOf(id: string): string {
  return hash('sha256', id, 'base64url');
}
