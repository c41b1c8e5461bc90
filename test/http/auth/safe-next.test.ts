import fc from 'fast-check';
import { expect, it } from 'vitest';
import { safeNext } from '../../../src/http/auth/safe-next.ts';

it.each([
  '/graphql',
  '/observatory',
  '/docs',
  '/graphql?query=%7B+sellers+%7B+page+%7D+%7D',
  '/graphql?a=1&b=//evil.test',
])('%s is a page to return to', (next) => {
  expect(safeNext(next)).toBe(next);
});

it.each([
  '',
  '/',
  'graphql',
  '//evil.test',
  '///evil.test/graphql',
  '/\\evil.test',
  '\\\\evil.test',
  'https://evil.test/graphql',
  'https:/graphql',
  'javascript:alert(1)',
  '%2F%2Fevil.test',
  '/%2Fevil.test',
  '/graphql/../../evil',
  '/graphql@evil.test',
  '/graphql.evil.test',
  '/graphql/',
  '/graphql#x',
  '/GRAPHQL',
  '/graphql?a=%',
  '/graphql?a=%zz',
  '/graphql?a=ä',
  '/graphql?a=1\r\nSet-Cookie: a=b',
  '/graphql\n',
  '\t/graphql',
  ' /graphql',
  '/observatory?x',
  '/observatory/main.js',
  '/admin/stats',
  '/sign-in?next=/graphql',
  '/session',
  `/graphql?query=${'a'.repeat(2048)}`,
])('%j becomes /graphql', (next) => {
  expect(safeNext(next)).toBe('/graphql');
});

it('the page to return to is a path of this origin, whatever was asked for', () => {
  const part = fc.oneof(
    fc.constantFrom(
      '/',
      '\\',
      '//',
      '/graphql',
      '/observatory',
      '?',
      '#',
      '@',
      '.',
      '%2f',
      '%5C',
      '\t',
      '\n',
      'a:',
    ),
    fc.string({ unit: 'binary', maxLength: 5 }),
  );
  const hostile = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(hostile, (text) => {
      const next = safeNext(text);
      const url = new URL(next, 'https://gateway.test');
      expect(url.origin).toBe('https://gateway.test');
      expect(['/graphql', '/observatory', '/docs']).toContain(url.pathname);
      // Nothing that a header or a browser reads otherwise.
      expect(next).toMatch(/^[\x21-\x7e]+$/);
    }),
  );
});
