import { describe, expect, it } from 'vitest';
import { rateLimitHeaders } from '../../../src/http/auth/rate-limit-headers.ts';

describe('the headers of a limit', () => {
  it('state the policy and what is left of it', () => {
    const decision = { allowed: true, limit: 1000, remaining: 50, resetMs: 29_001 };
    expect(rateLimitHeaders(decision, 60_000)).toEqual({
      'RateLimit-Policy': '"cost";q=1000;w=60',
      RateLimit: '"cost";r=50;t=30',
    });
  });

  it('state when a refused client may try again, after a second at the earliest', () => {
    const decision = { allowed: false, limit: 1000, remaining: 0, resetMs: 0 };
    expect(rateLimitHeaders(decision, 59_500)).toEqual({
      'RateLimit-Policy': '"cost";q=1000;w=60',
      RateLimit: '"cost";r=0;t=0',
      'Retry-After': '1',
    });
  });
});
