import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const RELEASED = `
  directive @rare(times: Int) repeatable on FIELD | QUERY
  directive @gone on FIELD
  scalar Kind
  scalar Unused
  interface Named { name: String }
  enum Order { ASC DESC }
  input Filter { id: ID, size: Int = 1 }
  type Seller implements Named { id: ID! name: String age: Int kind: Kind order: Order }
  type Lot { id: ID }
  union Thing = Seller | Lot
  type Query { seller(id: ID, name: String): Seller things(filter: Filter): [Thing] ids: [ID!]! }
`;
const OPERATORS = `${RELEASED} type Mutation { invalidate: Boolean }`;

const changelog = (unreleased = '') => `# Changelog

## [Unreleased]

${unreleased}

## [1.2.0] - 2026-11-29

- \`Seller.age\` is new.

## [1.1.0] - 2026-11-01
`;

/** Runs the script in a folder with these files. Null removes a file. */
function check(files: Record<string, string | null> = {}, ...args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'catalog-gateway-schema-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const all = {
    'CHANGELOG.md': changelog(),
    'schema.graphql': RELEASED,
    'schema.operators.graphql': OPERATORS,
    'docs/schema/1.2.0.graphql': RELEASED,
    'docs/schema/1.2.0.operators.graphql': OPERATORS,
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    if (text === null) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const script = resolve('scripts/check-schema.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

function changed(from: string, to: string) {
  expect(RELEASED).toContain(from);
  const texts = [RELEASED, OPERATORS].map((text) => text.replace(from, to));
  return { 'schema.graphql': texts[0] ?? '', 'schema.operators.graphql': texts[1] ?? '' };
}

describe('the comparison with the last version', { timeout: 120_000 }, () => {
  it('passes without output if the schemas are the same', () => {
    expect(check()).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('passes without output if only descriptions, deprecations and additions differ', () => {
    const files = changed(
      'type Lot { id: ID }',
      '"A lot." type Lot { id: ID @deprecated size: Int } type More { a: Int }',
    );
    expect(check(files)).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it.each([
    ['a removed type', 'order: Order', '', 'enum Order { ASC DESC }', '', ['Order', 'Seller.order']],
    ['an input field of another type', ' = 1', '', 'size: Int', 'size: ID', ['Filter.size']],
    ['a type of another kind', 'scalar Unused', 'type Unused { a: ID }', '', '', ['Unused']],
    ['a removed member of a union', 'Seller | Lot', 'Seller', '', '', ['Thing']],
    ['a removed enum value', 'ASC DESC', 'ASC', '', '', ['Order.DESC']],
    ['a required input field', 'id: ID, size', 'id: ID, more: ID!, size', '', '', ['Filter.more']],
    ['a removed interface', ' implements Named', '', '', '', ['Seller']],
    ['a removed field', ' age: Int', '', '', '', ['Seller.age']],
    ['a field of another type', 'age: Int', 'age: String', '', '', ['Seller.age']],
    ['a required argument', 'ids: [ID!]!', 'ids(a: ID!): [ID!]!', '', '', ['Query.ids(a:)']],
    ['a removed argument', ', name: String)', ')', '', '', ['Query.seller(name:)']],
    ['an argument of another type', 'name: String)', 'name: Int)', '', '', ['Query.seller(name:)']],
    ['a removed directive', 'directive @gone on FIELD', '', '', '', ['@gone']],
    ['a removed argument of a directive', '(times: Int)', '', '', '', ['@rare(times:)']],
    ['a required argument of a directive', '@gone', '@gone(a: ID!)', '', '', ['@gone(a:)']],
    ['a directive that is not repeatable', ' repeatable', '', '', '', ['@rare']],
    ['a removed location', ' | QUERY', '', '', '', ['@rare']],
  ])('fails on %s, unless the changelog names it', (_, from, to, from2, to2, coordinates) => {
    const files = changed(from, to);
    for (const [path, text] of Object.entries(files))
      files[path as keyof typeof files] = text.replace(from2 || /$/, to2);
    const unnamed = check(files);
    expect(unnamed).toMatchObject({ status: 1, stdout: '' });
    const reported = [...unnamed.stderr.matchAll(/^ {2}`(.+?)`: /gm)].map(([, coordinate]) => coordinate);
    expect(reported.toSorted()).toEqual(coordinates);
    expect(unnamed.stderr).toContain('Breaking changes since 1.2.0 that CHANGELOG.md does not name');
    expect(unnamed.stderr).toContain('name its coordinate in backticks under "## [Unreleased]"');

    const text = changelog(coordinates.map((each) => `- \`${each}\` has changed.`).join('\n'));
    const named = check({ ...files, 'CHANGELOG.md': text });
    expect(named).toMatchObject({ status: 0, stderr: '' });
    expect(named.stdout).toContain('breaking since 1.2.0, named: ');
  });

  it('compares the schema of operators too', () => {
    const { status, stderr } = check({ 'schema.operators.graphql': RELEASED });
    expect([status, stderr]).toEqual([1, expect.stringContaining('`Mutation`: Mutation was removed.')]);
  });

  it('does not take part of a coordinate, or a name in the section of a version, for a name', () => {
    const files = changed(' age: Int', '');
    for (const text of ['`Seller`', 'Seller.age', '`Seller.ages`', ''])
      expect(check({ ...files, 'CHANGELOG.md': changelog(text) }).status).toBe(1);
  });

  it.each([
    ['a new enum value', 'ASC DESC', 'ASC DESC NONE', 'Enum value Order.NONE was added.'],
    ['a new default', 'size: Int = 1', 'size: Int = 2', 'Filter.size has changed defaultValue from 1 to 2.'],
  ])('reports %s, and passes', (_, from, to, line) => {
    expect(check(changed(from, to))).toEqual({
      status: 0,
      stdout: `dangerous since 1.2.0: ${line}\n`,
      stderr: '',
    });
  });

  it.each([
    ['docs/schema/1.2.0.graphql', 'It is the schema.graphql of version 1.2.0. "Release a version"'],
    ['docs/schema/1.2.0.operators.graphql', 'It is the schema.operators.graphql of version 1.2.0.'],
    ['schema.graphql', 'Run npm run generate'],
    ['CHANGELOG.md', 'Run this in the folder of the project.'],
  ])('says what to do if %s is missing', (path, advice) => {
    const { status, stdout, stderr } = check({ [path]: null });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`${path} is missing.\n${advice}`);
  });

  it('says what to do if the changelog has no version', () => {
    const { status, stderr } = check({ 'CHANGELOG.md': '# Changelog\n\n## [Unreleased]\n' });
    expect(status).toBe(1);
    expect(stderr).toContain('CHANGELOG.md has no version.\nAdd a heading such as');
  });

  it('shows its usage, and refuses arguments', () => {
    expect(check({}, '--help')).toMatchObject({ status: 0, stderr: '' });
    expect(check({}, '--help').stdout).toContain('Usage: node scripts/check-schema.ts');
    expect(check({}, '--now')).toMatchObject({ status: 2, stdout: '' });
  });
});
