import type { GatewayEvent } from '../logs/log-events.ts';
import { REDIS_SECONDS } from './buckets.ts';
import { byLabel, type Instruments } from './instruments.ts';
import {
  LIMITED_REQUESTS,
  SIGN_IN_LIMITS,
  SIGN_IN_OUTCOMES,
  SIGN_OUT_OUTCOMES,
  TOKEN_REJECTIONS,
  VERIFICATION_OUTCOMES,
} from './label-values.ts';
import type { ObservedAuth } from './stats-snapshot.ts';

/** Sign-ins, sessions, bearer tokens, and the limits of clients. No label names a user, a client or a session. */
export function createAuthMetrics({ count, histogram, gauge }: Instruments) {
  const signIns = count('sign_ins_total', 'Attempts to sign in, by outcome.', { outcome: SIGN_IN_OUTCOMES });
  const signInLimits = count(
    'sign_in_limits_total',
    'Attempts to sign in that were refused before the password was checked, by the limit that they exceeded.',
    { by: SIGN_IN_LIMITS },
  );
  const signOuts = count(
    'sign_outs_total',
    'Sign-outs, by outcome; a kept one is carried out once Redis replies.',
    { outcome: SIGN_OUT_OUTCOMES },
  );
  const limited = count(
    'client_limits_total',
    'GraphQL requests refused because their client exceeded its limit, by kind of request.',
    { request: LIMITED_REQUESTS },
  );
  const verifications = count(
    'session_verifications_total',
    'Verifications of sessions by their store, by outcome.',
    { outcome: VERIFICATION_OUTCOMES },
  );
  const durations = histogram(
    'session_verification_duration_seconds',
    'Duration of verifications of sessions by their store.',
    REDIS_SECONDS,
  );
  const verified = count('tokens_verified_total', 'Bearer tokens whose signature and claims were verified.');
  const rejected = count('token_rejections_total', 'Requests with an invalid bearer token, by reason.', {
    reason: TOKEN_REJECTIONS,
  });
  let keySet: ObservedAuth['keySet'] = 'off';
  gauge(
    'jwks_up',
    '1 if the last fetch of the key set succeeded, 0 if it failed; absent before the first fetch.',
    [],
    () => (keySet === 'off' ? [] : [[[], Number(keySet === 'up')]]),
  );
  let evictable: boolean | null = null;
  gauge(
    'sessions_evictable',
    '1 if the Redis of the sessions may evict them, as of its last connection; absent without such a Redis.',
    [],
    () => (evictable === null ? [] : [[[], Number(evictable)]]),
  );

  return {
    report(event: GatewayEvent) {
      switch (event.type) {
        case 'sign-in':
          return signIns.add(1, event.outcome);
        case 'sign-in-limited':
          return signInLimits.add(1, event.by);
        case 'signed-out':
          return signOuts.add(1, event.outcome);
        case 'client-limited':
          return limited.add(1, event.request);
        case 'session-verified':
          verifications.add(1, event.outcome);
          return durations.observe(event.durationMs / 1000);
        case 'token-verified':
          return verified.add(1);
        case 'token-rejected':
          return rejected.add(1, event.reason);
        case 'jwks-fetched':
          keySet = 'up';
          return;
        case 'jwks-failed':
          keySet = 'down';
          return;
        case 'session-store-up':
          evictable = false;
          return;
        case 'sessions-evictable':
          evictable = true;
      }
    },
    snapshot(): Omit<ObservedAuth, 'sessions' | 'store' | 'refused'> {
      return {
        evictable: evictable === true,
        signIns: byLabel(signIns),
        signOuts: byLabel(signOuts),
        limited: byLabel(limited),
        verifications: byLabel(verifications),
        verificationDurations: { upperBoundsSeconds: REDIS_SECONDS, counts: durations.counts() },
        tokens: { verified: verified.total(), rejected: rejected.total() },
        keySet,
      };
    },
  };
}
