import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../src/upstream/retry-after.ts';

const NOW = Date.parse('1994-11-06T08:49:30Z');

describe('Retry-After', () => {
  it('can be seconds', () => {
    expect(retryAfterMs('120', NOW)).toBe(120_000);
    expect(retryAfterMs('0', NOW)).toBe(0);
  });

  it.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
    'can be a date in each of three forms: %s',
    (field) => {
      expect(retryAfterMs(field, NOW)).toBe(7000);
    },
  );

  it.each([' 120', '120 ', '\t120 \t', '00120'])('can be seconds with whitespace around: %j', (field) => {
    expect(retryAfterMs(field, NOW)).toBe(120_000);
  });

  it('can be a date with whitespace around', () => {
    expect(retryAfterMs(' Sun, 06 Nov 1994 08:49:37 GMT ', NOW)).toBe(7000);
  });

  it('in the past asks for no wait', () => {
    expect(retryAfterMs('Sun, 06 Nov 1994 08:49:00 GMT', NOW)).toBe(0);
  });

  it.each([null, '', '-1', '1.5', 'soon', 'Sunday', 'wait until 2001'])(
    'that is invalid is null: %j',
    (field) => {
      expect(retryAfterMs(field, NOW)).toBeNull();
    },
  );
});
