import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';

export const ISSUER = 'https://issuer.example';
export const AUDIENCE = 'catalog-gateway';
/** The time at which the tokens of tests are issued, in milliseconds since the epoch. */
export const ISSUED_AT = Date.UTC(2026, 5, 1);

/** A key of an issuer: it signs tokens, and its public half is for the key set. */
export interface SigningKey {
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
  readonly alg: string;
}

export async function signingKey(alg: string, kid: string | undefined = alg): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { jwk: { ...(await exportJWK(publicKey)), alg, use: 'sig', ...(kid && { kid }) }, privateKey, alg };
}

/** Valid for an hour. A claim or header of undefined is left out. */
export function signToken(
  { jwk, privateKey, alg }: SigningKey,
  claims: Readonly<Record<string, unknown>> = {},
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  const iat = ISSUED_AT / 1000;
  return new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'ada', iat, exp: iat + 3600, ...claims })
    .setProtectedHeader({ alg, ...(jwk.kid && { kid: jwk.kid }), ...header })
    .sign(privateKey);
}
