import { createSecretKey, hash, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose/jwt/sign';
import { jwtVerify } from 'jose/jwt/verify';
import { z } from 'zod';

/** What the store said of a session when it was last asked: who holds the id was signed in then. */
export interface Claim {
  readonly hash: string;
  readonly userId: string;
  readonly userName: string;
  readonly signedInAt: number;
  readonly expiresAt: number;
  /** The epoch of the store. */
  readonly epoch: string;
  /** When the store was asked, in milliseconds since the epoch. */
  readonly verifiedAt: number;
}

export interface Claims {
  sign(claim: Claim): Promise<string>;
  /** Null for a claim of another key, an expired one, and anything else that is not a claim. */
  read(token: string): Promise<Claim | null>;
}

export interface ClaimsOptions {
  /** The first signs, and all verify. */
  readonly secrets: readonly string[];
  /** Claims of another source of sessions do not count. */
  readonly issuer: string;
  /** How long a claim counts, in milliseconds. */
  readonly graceMs: number;
  readonly clock: { now(): number };
}

const ALGORITHM = 'HS256';
const TYPE = 'session-claim+jwt';

/** The clocks of two processes may differ by this much. A claim from further ahead does not count. */
export const MAX_SKEW_MS = 60_000;

const Payload = z.object({
  sid: z.string(),
  sub: z.string(),
  name: z.string(),
  since: z.number(),
  until: z.number(),
  epoch: z.string(),
  iat: z.number(),
});

/** Claims as signed tokens (RFC 7519), which travel beside the id of the session. No store has them. */
export function createClaims({ secrets, issuer, graceMs, clock }: ClaimsOptions): Claims {
  const keys = new Map(secrets.map((secret) => [idOf(secret), keyOf(secret)]));
  const [signing] = keys;
  if (!signing) throw new TypeError('no secret to sign claims with');
  const [signingId, signingKey] = signing;

  return {
    sign: ({ hash: sid, userId: sub, userName: name, signedInAt, expiresAt, epoch, verifiedAt }) =>
      new SignJWT({ sid, sub, name, since: signedInAt, until: expiresAt, epoch })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: signingId })
        .setIssuer(issuer)
        .setIssuedAt(Math.floor(verifiedAt / 1000))
        .setExpirationTime(Math.floor(Math.min(verifiedAt + graceMs, expiresAt) / 1000))
        .sign(signingKey),
    async read(token) {
      try {
        const { payload } = await jwtVerify(token, ({ kid }) => keys.get(kid ?? '') ?? signingKey, {
          algorithms: [ALGORITHM],
          typ: TYPE,
          issuer,
          currentDate: new Date(clock.now()),
        });
        const { sid, sub, name, since, until, epoch, iat } = Payload.parse(payload);
        const verifiedAt = iat * 1000;
        // Its maker may be configured with a longer grace, or have its clock ahead.
        const ageMs = clock.now() - verifiedAt;
        if (ageMs > graceMs || ageMs < -MAX_SKEW_MS) return null;
        return {
          hash: sid,
          userId: sub,
          userName: name,
          signedInAt: since,
          expiresAt: until,
          epoch,
          verifiedAt,
        };
      } catch {
        return null;
      }
    },
  };
}

/** Names a secret without telling it. */
function idOf(secret: string): string {
  return hash('sha256', `key id of ${secret}`, 'base64url').slice(0, 8);
}

function keyOf(secret: string): KeyObject {
  return createSecretKey(hash('sha256', secret, 'buffer'));
}
