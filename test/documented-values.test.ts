import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Variable, variables } from '../src/config/variables.ts';
import { SANDBOX_USERS } from '../src/sandbox/server.ts';
import { DEFAULT_SETTINGS, FAULTS } from '../src/sandbox/settings.ts';
import { stringLiterals } from './support/source-texts.ts';

const read = (path: string) => readFileSync(path, 'utf8');

/** The cells of each table row that starts with `first`, without the backticks around names. */
function rowsOf(text: string, first: RegExp): readonly (readonly string[])[] {
  const rows = text.split('\n').map((line) => line.split(/(?<!\\)\|/).slice(1, -1));
  return rows
    .filter(([cell]) => cell && first.test(cell.trim()))
    .map((row) => row.map((cell) => cell.trim().replaceAll('`', '')));
}

function defaultOf(name: string): unknown {
  const schema = variables[name as Variable];
  return schema ? schema.parse(undefined) : `${name} is not a setting`;
}

/** Codes with several messages, which the table describes instead of quoting. */
const DESCRIBED = ['BAD_USER_INPUT', 'NO_REDIS'];

const toNumber = (text: string) => Number(text.replaceAll(',', ''));

describe('the documents give the values of the code', () => {
  it('for each limit of an operation', () => {
    const rows = rowsOf(read('docs/graphql.md'), /./).filter(([, , name]) =>
      name?.startsWith('GRAPHQL_MAX_'),
    );
    const limits = Object.keys(variables).filter((name) => name.startsWith('GRAPHQL_MAX_'));
    expect(rows.map(([, , name]) => name).toSorted()).toEqual(limits.toSorted());
    for (const [, value = '', name = ''] of rows) expect(toNumber(value), name).toBe(defaultOf(name));
  });

  it('for the defaults in sentences', () => {
    const texts = ['README.md', ...globSync('docs/*.md')].map(read).join('\n').replaceAll(/\s+/g, ' ');
    const stated = [...texts.matchAll(/`([A-Z][A-Z_]+)`, (\d[\d,]*\d|\d)(?: (?:ms|s|MiB)| by default)/g)];
    expect(stated.length).toBeGreaterThan(4);
    for (const [sentence, name = '', value = ''] of stated)
      expect(toNumber(value), sentence).toBe(defaultOf(name));
  });

  it('for each error message', () => {
    const rows = rowsOf(read('docs/graphql.md'), /^`[A-Z_]+`$/).filter(
      ([code = '']) => !DESCRIBED.includes(code),
    );
    const sources = globSync('src/**/*.ts').map(read);
    const literals = new Set(sources.flatMap(stringLiterals).map(({ text }) => text));
    expect(rows.length).toBeGreaterThan(6);
    expect(rows.map(([, , message]) => message).filter((message = '') => !literals.has(message))).toEqual([]);
  });

  it('for the settings and the faults of the sandbox', () => {
    const text = read('docs/sandbox.md');
    const settings = rowsOf(text, /^`[a-z]\w+`/).filter(([name = '']) => name.split(', ').every(isSetting));
    const documented = settings.flatMap(([names = '', defaults = '']) => {
      const values = defaults.startsWith('{') ? [defaults] : defaults.split(', ');
      return names.split(', ').map((name, index) => [name, values[index]]);
    });
    expect(Object.fromEntries(documented)).toEqual(
      Object.fromEntries(Object.entries(DEFAULT_SETTINGS).map(([name, value]) => [name, textOf(value)])),
    );
    const faults = rowsOf(text, /^`[a-z-]+`$/).flatMap(([name = '']) =>
      isSetting(name) || name in SANDBOX_USERS ? [] : [name],
    );
    expect([...faults, 'none'].toSorted()).toEqual([...FAULTS].toSorted());
  });

  it('for the users of the sandbox', () => {
    const users = rowsOf(read('docs/sandbox.md'), /^`[a-z]+`$/).filter(([, word]) =>
      word?.endsWith('-sandbox'),
    );
    expect(Object.fromEntries(users)).toEqual(SANDBOX_USERS);
  });
});

function isSetting(name: string): boolean {
  return name in DEFAULT_SETTINGS;
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value).replaceAll(/([:,])/g, '$1 ') : String(value);
}
