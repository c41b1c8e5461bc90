import { isDeepStrictEqual } from 'node:util';
import type { CryptoKey, FlattenedJWSInput, JWK, JWSHeaderParameters } from 'jose';
import * as errors from 'jose/errors';
import { createLocalJWKSet } from 'jose/jwks/local';
import type { Clock } from '../domain/clock.ts';
import { SessionUnavailable } from '../domain/errors.ts';
import { type FetchKeys, KeySetUnavailable } from '../upstream/jwks.ts';
import type { Report } from './events.ts';

/** The public keys of the issuer at one time. Another object stands for other keys. */
export interface KeySet {
  readonly keys: readonly JWK[];
  /** Throws JWKSNoMatchingKey, or JWKSMultipleMatchingKeys for several keys and a token that names none. */
  find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey>;
}

/** Holds the key set of the issuer: fetched when first needed, and kept while its source is away. */
export interface TokenKeys {
  /** The key set, if it may be used without a fetch. */
  current(): KeySet | null;
  /**
   * The key of a token. Throws as `KeySet.find` does, or SessionUnavailable if only the source could tell, and it is away.
   */
  find(
    header: JWSHeaderParameters,
    token: FlattenedJWSInput,
  ): Promise<{ readonly keySet: KeySet; readonly key: CryptoKey }>;
}

export interface TokenKeysOptions {
  readonly fetchKeys: FetchKeys;
  readonly clock: Clock;
  readonly report: Report;
}

/** A removed key is accepted no longer than this. */
const MAX_AGE_MS = 600_000;
/** Requests after this age cause a fetch in the background, so that none has to wait for it at the maximum. */
const REFRESH_AGE_MS = 540_000;
/** Minimum interval between fetches because of unknown keys, which anybody can name in a token, or of a source that is away. */
const COOLDOWN_MS = 30_000;
/** The same while no keys are held, and no token can be verified. */
const FIRST_COOLDOWN_MS = 1000;
const MIN_RSA_BITS = 2048;

export function createTokenKeys({ fetchKeys, clock, report }: TokenKeysOptions): TokenKeys {
  let held: { readonly keySet: KeySet; readonly fetchedAt: number } | null = null;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let isAway = false;
  let fetching: Promise<void> | null = null;

  return { current, find };

  function current(): KeySet | null {
    if (held === null) return null;
    const ageMs = clock.monotonic() - held.fetchedAt;
    // No request waits for a source that is away.
    if (ageMs >= MAX_AGE_MS && !isAway) return null;
    if (ageMs >= REFRESH_AGE_MS) void refresh();
    return held.keySet;
  }

  async function find(header: JWSHeaderParameters, token: FlattenedJWSInput) {
    let keySet = current() ?? (await renewed());
    try {
      return { keySet, key: await keySet.find(header, token) };
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    keySet = await renewed();
    const key = await keySet.find(header, token).catch((error) => {
      // The key may be a new one.
      throw isAway ? unavailable(COOLDOWN_MS) : error;
    });
    return { keySet, key };
  }

  async function renewed(): Promise<KeySet> {
    await refresh();
    if (held === null) throw unavailable(FIRST_COOLDOWN_MS);
    return held.keySet;
  }

  /** Fetches the keys, unless they were fetched just now. Concurrent callers share the fetch. Never rejects. */
  async function refresh(): Promise<void> {
    const cooldownMs = held === null ? FIRST_COOLDOWN_MS : COOLDOWN_MS;
    if (fetching === null && clock.monotonic() - attemptedAt >= cooldownMs) {
      attemptedAt = clock.monotonic();
      fetching = fetchOnce(attemptedAt).finally(() => {
        fetching = null;
      });
    }
    await fetching;
  }

  async function fetchOnce(startedAt: number): Promise<void> {
    try {
      const keys = await fetchKeys();
      const changed = !isDeepStrictEqual(keys, held?.keySet.keys);
      held = { keySet: changed || held === null ? createKeySet(keys) : held.keySet, fetchedAt: startedAt };
      isAway = false;
      report({ type: 'jwks-fetched', keys: keys.length, changed, durationMs: clock.monotonic() - startedAt });
    } catch (error) {
      if (!isAway) {
        const reason = error instanceof KeySetUnavailable ? error.message : 'internal error';
        report({ type: 'jwks-failed', reason });
      }
      isAway = true;
    }
  }
}

function unavailable(retryAfterMs: number): SessionUnavailable {
  return new SessionUnavailable('The token cannot be verified at the moment. Try again.', { retryAfterMs });
}

function createKeySet(keys: readonly JWK[]): KeySet {
  const find = createLocalJWKSet({ keys: [...keys] });
  return {
    keys,
    async find(header, token) {
      const key = await find(header, token).catch((error) => {
        if (error instanceof errors.JOSEError) throw error;
        // The parameters of the key are invalid.
        throw new errors.JWKSNoMatchingKey();
      });
      const { modulusLength = MIN_RSA_BITS } = key.algorithm as { readonly modulusLength?: number };
      if (modulusLength < MIN_RSA_BITS) throw new errors.JWKSNoMatchingKey();
      return key;
    },
  };
}
