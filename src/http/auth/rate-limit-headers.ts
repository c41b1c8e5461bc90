import type { Decision } from '../../auth/client-limit.ts';

/**
 * The fields `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10), and `Retry-After` for a refusal.
 * Times are in whole seconds, rounded up: a client that waits as long is not refused again.
 */
export function rateLimitHeaders(
  { allowed, limit, remaining, resetMs }: Decision,
  windowMs: number,
): Readonly<Record<string, string>> {
  const resetSeconds = Math.ceil(resetMs / 1000);
  return {
    'RateLimit-Policy': `"cost";q=${limit};w=${Math.ceil(windowMs / 1000)}`,
    RateLimit: `"cost";r=${remaining};t=${resetSeconds}`,
    ...(!allowed && { 'Retry-After': String(Math.max(1, resetSeconds)) }),
  };
}

/** The message of a refusal. */
export const TOO_MANY_REQUESTS = 'Too many requests. Try again later.';
