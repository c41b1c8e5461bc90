import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
const operatorsSchema = buildSchema(readFileSync('schema.operators.graphql', 'utf8'));
// The benchmarks and the example have packages of their own.
const scripts = Object.assign(
  {},
  ...['package.json', 'bench/package.json', 'examples/panels/package.json'].map(
    (path) => JSON.parse(readFileSync(path, 'utf8')).scripts,
  ),
);

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...globSync(['{docs,src}/**/*.md', 'examples/*/*.md']),
].map((path) => ({
  path,
  text: readFileSync(path, 'utf8'),
}));

const firstGroups = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, group = '']) => group);

/** Anchors as GitHub derives them from headings. */
const anchorsOf = (text: string) =>
  firstGroups(text, /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

describe.each(documents)('$path', ({ path, text }) => {
  it('links only to files and headings that exist', () => {
    const targets = firstGroups(text, /\]\((?!https?:)([^)]+)\)/g);
    const dead = targets.filter((target) => {
      const [file, anchor] = target.split('#');
      const linked = file ? join(dirname(path), file) : path;
      if (!existsSync(linked)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(linked, 'utf8')).includes(anchor);
    });
    expect(dead).toEqual([]);
  });

  it('names only source files that exist', () => {
    const paths = firstGroups(text, /(?<![\w/.-])((?:src|test|scripts)\/[\w./-]*\w)(?![\w*]|\/?\*)/g);
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('names only scripts that npm can run', () => {
    const names = firstGroups(text, /npm run ([\w:-]+)/g);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(names));
  });

  it('has only GraphQL that is valid against the schema', () => {
    const operations = firstGroups(text, /^```graphql\n(.*?)^```/gms);
    const operators = firstGroups(text, /^```graphql operators\n(.*?)^```/gms);
    const faults = [
      ...operations.flatMap((operation) => validate(schema, parse(operation))),
      ...operators.flatMap((operation) => validate(operatorsSchema, parse(operation))),
    ];
    expect(faults).toEqual([]);
  });
});

describe('the documents together', () => {
  it('show GraphQL, name scripts and link to each other', () => {
    const all = documents.map(({ text }) => text).join('\n');
    expect(all).toMatch(/^```graphql$/m);
    expect(all).toMatch(/npm run \w/);
    expect(all).toMatch(/\]\(docs\/architecture\.md\)/);
  });
});
