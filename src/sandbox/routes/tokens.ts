import type { Clock } from '../../domain/clock.ts';
import { hash, TOPIC } from '../data/random.ts';
import { json, type SandboxResponse } from './response.ts';

/** The account and the client of the gateway. */
export const SANDBOX_CREDENTIALS = {
  username: 'sandbox',
  password: 'sandbox',
  clientId: 'sandbox',
  clientSecret: 'sandbox',
} as const;

/** People who can sign in at a gateway: user name and password. */
export const SANDBOX_USERS: Readonly<Record<string, string>> = {
  anna: 'anna-sandbox',
  ben: 'ben-sandbox',
  operator: 'operator-sandbox',
};

const PASSWORDS: ReadonlyMap<string, string> = new Map([
  [SANDBOX_CREDENTIALS.username, SANDBOX_CREDENTIALS.password],
  ...Object.entries(SANDBOX_USERS),
]);

/** Past this many of a kind the oldest no longer count. */
const MAX_TOKENS = 10_000;

/** OAuth 2 tokens (RFC 6749): the password grant and the refresh grant. */
export interface Tokens {
  /** The response to a token request; `body` is null if the client sent too much. */
  grant(contentType: string | undefined, body: string | null): SandboxResponse;
  /** Whether an Authorization header carries a bearer token (RFC 6750) that was granted and has not expired. */
  isValid(authorization: string | undefined): boolean;
}

export function createTokens(of: {
  seed: number;
  ttlSeconds: () => number;
  clock: Pick<Clock, 'now'>;
}): Tokens {
  const { seed, ttlSeconds, clock } = of;
  /** When each access token expires. */
  const accessTokens = new Map<string, number>();
  const refreshTokens = new Set<string>();
  let granted = 0;

  return {
    grant(contentType, body) {
      const form = new URLSearchParams(isForm(contentType) ? (body ?? '') : '');
      if (!isClient(form)) return refused('invalid_grant');
      switch (form.get('grant_type')) {
        case 'password':
          return isUser(form) ? issue(form.get('scope') ?? '') : refused('invalid_grant');
        case 'refresh_token':
          // A refresh token is valid once: the response brings its successor.
          return refreshTokens.delete(form.get('refresh_token') ?? '')
            ? issue('offline_access')
            : refused('invalid_grant');
        default:
          return refused('unsupported_grant_type');
      }
    },
    isValid(authorization) {
      const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
      return (accessTokens.get(token ?? '') ?? 0) > clock.now();
    },
  };

  function issue(scope: string): SandboxResponse {
    const expiresIn = ttlSeconds();
    const accessToken = newToken('access');
    accessTokens.set(accessToken, clock.now() + expiresIn * 1000);
    dropOldest(accessTokens);
    const tokens = { access_token: accessToken, expires_in: expiresIn, token_type: 'Bearer' };
    if (!scope.split(' ').includes('offline_access')) return granting(tokens);
    const refreshToken = newToken('refresh');
    refreshTokens.add(refreshToken);
    dropOldest(refreshTokens);
    return granting({ ...tokens, refresh_token: refreshToken });
  }

  function newToken(kind: string): string {
    granted += 1;
    return `sandbox-${kind}-${granted}-${hash(seed, TOPIC.token, granted).toString(16)}`;
  }
}

// RFC 6749, section 5.1: nothing on the way may keep a token.
const NO_STORE = { 'cache-control': 'no-store' };

function granting(tokens: object): SandboxResponse {
  return json(200, JSON.stringify(tokens), NO_STORE);
}

function refused(error: string): SandboxResponse {
  return json(400, JSON.stringify({ error }), NO_STORE);
}

function isForm(contentType = ''): boolean {
  return /^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType);
}

function isClient(form: URLSearchParams): boolean {
  const { clientId, clientSecret } = SANDBOX_CREDENTIALS;
  return form.get('client_id') === clientId && form.get('client_secret') === clientSecret;
}

function isUser(form: URLSearchParams): boolean {
  const password = PASSWORDS.get(form.get('username') ?? '');
  return password !== undefined && form.get('password') === password;
}

function dropOldest(tokens: Map<string, number> | Set<string>): void {
  const [oldest] = tokens.keys();
  if (oldest !== undefined && tokens.size > MAX_TOKENS) tokens.delete(oldest);
}
