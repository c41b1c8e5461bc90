import { GatewayError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';

/** The algorithms that settings may allow (RFC 7518 and 8037): all asymmetric. */
export const TOKEN_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** The token is invalid. Neither the message nor a cause tells why: the reason is in the event `token-rejected`. */
export class TokenRejected extends GatewayError {
  override name = 'TokenRejected' as const;
  readonly code = 'UNAUTHENTICATED';

  constructor() {
    super('Invalid token.');
  }
}

/** Whether a bearer token has the form of a JWT. Others, such as an admin token, are not for the verifier. */
export function isJwt(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);
}

/** Verifies bearer tokens (RFC 6750) that are JWTs (RFC 7519). */
export interface TokenVerifier {
  /**
   * Whose token it is: at once if the token was verified before, until it expires or the keys of the issuer change.
   * Throws or rejects with TokenRejected, or with SessionUnavailable if the keys cannot be fetched.
   */
  verify(token: string): Principal | Promise<Principal>;
}
