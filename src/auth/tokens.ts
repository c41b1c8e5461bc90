import { hash } from 'node:crypto';
import type { JWTPayload } from 'jose';
import * as errors from 'jose/errors';
import { jwtVerify } from 'jose/jwt/verify';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../domain/clock.ts';
import type { Principal } from '../domain/principal.ts';
import type { FetchKeys } from '../upstream/jwks.ts';
import { bounded } from './bounded.ts';
import type { Report, TokenRejection } from './events.ts';
import { type TokenAlgorithm, TokenRejected, type TokenVerifier } from './token-api.ts';
import { InvalidClaims, readPrincipal } from './token-claims.ts';
import { createTokenKeys, type KeySet } from './token-keys.ts';

export interface TokenVerifierOptions {
  readonly issuer: string;
  /** A token must name one of them. */
  readonly audience: string | readonly string[];
  readonly algorithms: readonly TokenAlgorithm[];
  readonly fetchKeys: FetchKeys;
  readonly clock: Clock;
  readonly report: Report;
}

const MAX_TOKEN_LENGTH = 8192;
const LEEWAY_SECONDS = 30;
const MAX_VERIFIED = 10_000;
const MAX_REJECTED = 10_000;
/** A repeated bad token costs no signature check for so long. */
const REJECTED_MS = 60_000;

/** The reasons that hold for longer and were found by a signature check. The others cost little, or may pass. */
const REMEMBERED: ReadonlySet<TokenRejection> = new Set([
  'signature',
  'issuer',
  'audience',
  'expired',
  'claims',
]);

interface Rejected {
  readonly reason: TokenRejection;
  readonly until: number;
}

export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { issuer, algorithms, clock, report } = options;
  const audience = [options.audience].flat();
  const keys = createTokenKeys(options);
  // By the digest of the token: memory holds no token that could be sent.
  const verified = new LRUCache<string, Principal>(bounded(MAX_VERIFIED));
  /** The keys that all of `verified` were verified with. */
  let verifiedWith: KeySet | null = null;
  const rejected = new LRUCache<string, Rejected>(bounded(MAX_REJECTED));

  return {
    verify(token) {
      if (token.length > MAX_TOKEN_LENGTH) throw rejection('malformed');
      const digest = hash('sha256', token, 'base64url');
      return rememberedOf(digest) ?? verifyNow(token, digest);
    },
  };

  function rememberedOf(digest: string): Principal | null {
    const known = verified.get(digest);
    if (known && clock.now() < known.expiresAt && verifiedWith === keys.current()) return known;
    const bad = rejected.get(digest);
    if (bad && clock.monotonic() < bad.until) throw rejection(bad.reason);
    return null;
  }

  async function verifyNow(token: string, digest: string): Promise<Principal> {
    const startedAt = clock.monotonic();
    try {
      const { principal, keySet } = await verifySigned(token);
      remember(digest, principal, keySet);
      report({ type: 'token-verified', durationMs: clock.monotonic() - startedAt });
      return principal;
    } catch (error) {
      const reason = reasonOf(error);
      if (REMEMBERED.has(reason)) rejected.set(digest, { reason, until: clock.monotonic() + REJECTED_MS });
      throw rejection(reason);
    }
  }

  function remember(digest: string, principal: Principal, keySet: KeySet): void {
    if (keySet !== verifiedWith) verified.clear();
    verifiedWith = keySet;
    verified.set(digest, principal);
  }

  async function verifySigned(token: string) {
    let used: KeySet | undefined;
    const { payload, protectedHeader } = await jwtVerify<JWTPayload>(
      token,
      async (header, input) => {
        const { keySet, key } = await keys.find(header, input);
        used = keySet;
        return key;
      },
      {
        issuer,
        audience,
        algorithms: [...algorithms],
        clockTolerance: LEEWAY_SECONDS,
        currentDate: new Date(clock.now()),
      },
    );
    return { principal: readPrincipal(protectedHeader, payload), keySet: used as KeySet };
  }

  function rejection(reason: TokenRejection): TokenRejected {
    report({ type: 'token-rejected', reason });
    return new TokenRejected();
  }
}

const CLAIM_REASONS: Readonly<Record<string, TokenRejection>> = {
  iss: 'issuer',
  aud: 'audience',
  nbf: 'not-yet-valid',
};

/** Throws what is no property of the token. */
function reasonOf(error: unknown): TokenRejection {
  if (error instanceof InvalidClaims) return 'claims';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return 'no-key';
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.reason === 'invalid' ? 'claims' : (CLAIM_REASONS[error.claim] ?? 'claims');
  if (error instanceof errors.JOSEError) return 'malformed';
  throw error;
}
