import { algorithms, names, sessionSecrets, trustedProxies } from './auth-parsers.ts';
import { credential, httpUrl, integer, oneOf, redisUrl } from './parsers.ts';

/** The variables of authentication and of the limits of clients. */
export const authVariables = {
  AUTH: oneOf(['off', 'optional', 'required'], 'off').describe(
    'Whether clients sign in: `off`, `optional` (whoever does not may still query), or `required`.',
  ),
  SESSION_REDIS_URL: redisUrl().describe(
    'Separate Redis for sessions and the limits of clients. If unset, they are in the Redis of the cache, whose eviction and flushes sign people out; without any Redis, in memory.',
  ),
  SESSION_IDLE: integer(60, 31_536_000, 28_800).describe(
    'How long a session lasts without a request, in seconds.',
  ),
  SESSION_MAX: integer(60, 31_536_000, 604_800).describe('How long a session lasts at most, in seconds.'),
  SESSION_GRACE: integer(0, 86_400, 900).describe(
    'How long whoever was verified stays signed in while the Redis of the sessions is away, in seconds.',
  ),
  SESSION_SECRETS: sessionSecrets().describe(
    'Secrets that sign what a browser keeps for the time without Redis, separated by commas; at least 32 characters each. The first signs, all verify. Required for sessions in Redis.',
  ),
  AUTH_JWT_ISSUER: credential().describe('Accepted issuer (`iss`) of bearer tokens, which are JWTs.'),
  AUTH_JWT_AUDIENCE: credential().describe('Accepted audience (`aud`) of bearer tokens.'),
  AUTH_JWKS_URL: httpUrl().describe('URL of the JSON Web Key Set that verifies bearer tokens.'),
  AUTH_JWT_ALGORITHMS: algorithms().describe(
    'Accepted signature algorithms of bearer tokens, separated by commas. Symmetric ones and `none` are not possible.',
  ),
  ADMIN_USERS: names().describe(
    'User names, separated by commas, that are operators once they have signed in, beside the owner of `ADMIN_TOKEN`.',
  ),
  RATE_LIMIT_COST: integer(0, 1_000_000_000, 0).describe(
    'Maximum page cost of all operations of one client per `RATE_LIMIT_WINDOW`. A response from the cache costs 1. `0` turns the limit off.',
  ),
  RATE_LIMIT_WINDOW: integer(1, 86_400, 60).describe('Length of that window, in seconds.'),
  TRUST_PROXY: trustedProxies().describe(
    'Trusted proxies, whose `X-Forwarded-For` counts: addresses, CIDR ranges, or `loopback`, `linklocal`, `uniquelocal`, separated by commas. None by default.',
  ),
};
