import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/domain/errors.ts';

it('documents every error code, and no other', () => {
  const [, section = ''] = readFileSync('docs/graphql.md', 'utf8').split('\n## Errors\n');
  const [table = ''] = section.split('\n## ');
  const rows = [...table.matchAll(/^\| `([A-Z_]+)` +\|/gm)].map(([, code]) => code);
  // A code has a row for each of its causes.
  expect([...new Set(rows)]).toEqual([...ERROR_CODES]);
});
