import { redisServer } from './redis-server.ts';
import type { Settings, Variable } from './variables.ts';

const TOKENS = ['AUTH_JWT_ISSUER', 'AUTH_JWT_AUDIENCE', 'AUTH_JWKS_URL'] as const satisfies Variable[];

/** How clients sign in; null if they do not. */
export function authConfig(settings: Settings) {
  if (settings.AUTH === 'off') return null;
  return {
    required: settings.AUTH === 'required',
    sessions: hasSessions(settings)
      ? {
          idleMs: settings.SESSION_IDLE * 1000,
          maxMs: settings.SESSION_MAX * 1000,
          graceMs: settings.SESSION_GRACE * 1000,
          secrets: settings.SESSION_SECRETS,
        }
      : null,
    tokens: hasTokens(settings)
      ? {
          issuer: settings.AUTH_JWT_ISSUER ?? '',
          audience: settings.AUTH_JWT_AUDIENCE ?? '',
          keysUrl: settings.AUTH_JWKS_URL ?? '',
          algorithms: settings.AUTH_JWT_ALGORITHMS,
        }
      : null,
  };
}

/** The Redis of sessions and of the limits of clients: one of their own, that of the cache, or null. */
export function sessionServer(settings: Settings) {
  const url = settings.SESSION_REDIS_URL;
  return url ? { kind: 'single' as const, url } : redisServer(settings);
}

/** Errors between the settings of authentication, all at once. */
export function authFaults(settings: Settings): string[] {
  const faults: string[] = [];
  if (settings.AUTH === 'off') {
    const without: Variable[] = ['SESSION_SECRETS', ...TOKENS, 'ADMIN_USERS'];
    // Limits are kept there too.
    if (settings.RATE_LIMIT_COST === 0) without.push('SESSION_REDIS_URL');
    const set = without.filter((name) => isSet(settings, name));
    return set.map((name) => `${name} has no effect if AUTH is off`);
  }
  const missing = TOKENS.filter((name) => !isSet(settings, name));
  if (missing.length > 0 && missing.length < TOKENS.length)
    faults.push(`${missing.join(' and ')} must be set too if bearer tokens are accepted`);
  const isBare = !hasTokens(settings) && settings.SESSION_SECRETS.length === 0;
  if (isBare && settings.AUTH === 'required' && settings.NODE_ENV === 'production')
    faults.push(
      `SESSION_SECRETS, or ${TOKENS.join(', ')}, are required if AUTH is required in production: nobody could sign in`,
    );
  else if (hasSessions(settings) && sessionServer(settings) && settings.SESSION_SECRETS.length === 0)
    faults.push('SESSION_SECRETS is required for sessions in Redis: all processes must share it');
  if (settings.SESSION_IDLE > settings.SESSION_MAX) faults.push('SESSION_IDLE must not be above SESSION_MAX');
  if (settings.SESSION_GRACE > settings.SESSION_IDLE)
    faults.push('SESSION_GRACE must not be above SESSION_IDLE');
  if (settings.RESPONSE_CACHE_SHARED)
    faults.push(
      'RESPONSE_CACHE_SHARED must be off unless AUTH is off: a shared cache does not know who may read',
    );
  if (settings.ADMIN_USERS.length > 0 && !hasSessions(settings))
    faults.push('ADMIN_USERS has no effect without sessions; set SESSION_SECRETS');
  return faults;
}

function hasTokens(settings: Settings): boolean {
  return TOKENS.every((name) => isSet(settings, name));
}

/** Sessions are on with their secrets, or if there is no other way to sign in. */
function hasSessions(settings: Settings): boolean {
  return settings.SESSION_SECRETS.length > 0 || !hasTokens(settings);
}

function isSet(settings: Settings, name: Variable): boolean {
  const value = settings[name];
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}
