import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidManifest, parseManifest } from '../../src/config/manifest.ts';

const DOCUMENTS = ['{ sellers { page } }', 'query A { a } query B { b }', 'fragment F on T { a }'];

const hashed = (text: string) => createHash('sha256').update(text).digest('hex');
const json = fc.jsonValue({ maxDepth: 2 });
const documentText = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...DOCUMENTS) },
  { weight: 1, arbitrary: fc.string({ maxLength: 30 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '{'.repeat(5000),
      `{${'[('.repeat(20)}`,
      '"""',
      '\ud800',
      `{ ${'a '.repeat(200)} }`,
    ),
  },
);
const nameOf = fc.constantFrom<(text: string) => string>(
  hashed,
  (text) => `sha256:${hashed(text)}`,
  () => 'a',
  () => '__proto__',
  () => '',
  () => `sha256:${'0'.repeat(64)}`,
  (text) => createHash('md5').update(text).digest('hex'),
  () => 'x'.repeat(5000),
);
const entry = fc.tuple(nameOf, documentText).map(([name, text]): [string, string] => [name(text), text]);

const plain = fc
  .array(fc.oneof({ weight: 12, arbitrary: entry }, { weight: 1, arbitrary: fc.tuple(fc.string(), json) }), {
    maxLength: 4,
  })
  .map((entries) => JSON.stringify(Object.fromEntries(entries)));
const apollo = fc
  .record({
    format: fc.constantFrom<unknown>(...Array(8).fill('apollo-persisted-query-manifest'), 'another', null),
    version: fc.constantFrom<unknown>(...Array(8).fill(1), 2, '1', undefined),
    operations: fc.oneof(
      {
        weight: 8,
        arbitrary: fc.array(
          entry.map(([id, body]) => ({ id, body, name: 'A', type: 'query' })),
          { maxLength: 4 },
        ),
      },
      { weight: 1, arbitrary: fc.array(json, { maxLength: 3 }) },
      { weight: 1, arbitrary: json },
    ),
  })
  .map((value) => JSON.stringify(value));
const damaged = fc
  .tuple(fc.oneof(plain, apollo), fc.nat(400), fc.constantFrom('', '\uFEFF', '\0', '}', '"', '\\'))
  .map(([text, at, part]) => text.slice(0, at) + part + text.slice(at + 1));
const manifest = fc.oneof(
  { weight: 4, arbitrary: plain },
  { weight: 4, arbitrary: apollo },
  { weight: 2, arbitrary: damaged },
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: json.map((value) => JSON.stringify(value)) },
);

describe('a manifest of any form', () => {
  it('gives documents by the names that clients use, or is refused in one line', () => {
    const seen = { read: 0, refused: 0 };
    fc.assert(
      fc.property(manifest, (text) => {
        try {
          const documents = parseManifest(text);
          expect(documents.size).toBeGreaterThan(0);
          for (const [name, document] of documents) {
            if (/^[0-9a-f]{64}$/.test(name)) expect(name).toBe(hashed(document));
            expect(name).not.toMatch(/^$|^sha256:/);
          }
          seen.read += 1;
        } catch (error) {
          if (!(error instanceof InvalidManifest)) throw error;
          expect(error.message).toMatch(/^must .{1,400}$/);
          seen.refused += 1;
        }
      }),
      { numRuns: 10_000, seed: 1 },
    );
    expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(500);
  }, 300_000);
});
