import { readFileSync } from 'node:fs';
import { type Variable, variables } from '../../src/config/variables.ts';

/** The documentation of one environment variable. */
export interface Setting {
  readonly name: Variable;
  readonly description: string;
  /** As in the environment; empty without a default. */
  readonly fallback: string;
}

const SOURCES = ['src/config/variables.ts', 'src/config/auth-variables.ts'];

/** Every setting; the paragraphs of the sources are the groups. */
export function readSettings(): readonly (readonly Setting[])[] {
  const paragraphs = SOURCES.flatMap((source) => readFileSync(source, 'utf8').split(/\n{2,}/));
  const groups = paragraphs.map((paragraph) =>
    [...paragraph.matchAll(/^ {2}([A-Z][A-Z_]*):/gm)].map(([, name]) => describe(name as Variable)),
  );
  const settings = groups.flat();
  if (settings.length !== Object.keys(variables).length) {
    throw new Error(`${SOURCES.join(' or ')} has variables that are not written as "  NAME: …"`);
  }
  return groups.filter((group) => group.length > 0);
}

function describe(name: Variable): Setting {
  const schema = variables[name];
  return { name, description: schema.description ?? '', fallback: textOf(schema.parse(undefined)) };
}

function textOf(value: ReturnType<(typeof variables)[Variable]['parse']>): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'object' && 'min' in value ? `${value.min}-${value.max}` : String(value);
}
