import { existsSync, readFileSync } from 'node:fs';
import { buildSchema, findSchemaChanges } from 'graphql';
import { lastVersionOf, unreleasedOf } from './check-schema/changelog.ts';
import { judge } from './check-schema/judge.ts';

// Compares the committed schemas with those of the last released version. Fails on a breaking change that the changelog
// does not name.
const USAGE = `Usage: node scripts/check-schema.ts

Compares schema.graphql and schema.operators.graphql in the working directory with those of the last version in
CHANGELOG.md, which are in docs/schema. Dangerous changes are reported. A breaking change fails, unless the section
"## [Unreleased]" of CHANGELOG.md names its coordinate in backticks, such as \`Seller.name\`.

  --help   this text
`;
const [argument] = process.argv.slice(2);
if (argument !== undefined) {
  (argument === '--help' ? process.stdout : process.stderr).write(USAGE);
  process.exit(argument === '--help' ? 0 : 2);
}

const changelog = textOf('CHANGELOG.md', 'Run this in the folder of the project.');
const version = lastVersionOf(changelog);
if (version === undefined) {
  fail(
    'CHANGELOG.md has no version.',
    'Add a heading such as "## [0.1.0] - 2026-11-29" below "## [Unreleased]".',
  );
}

const pairs = [
  ['schema.graphql', `docs/schema/${version}.graphql`],
  ['schema.operators.graphql', `docs/schema/${version}.operators.graphql`],
] as const;
const changes = pairs.flatMap(([current, released]) => {
  const old = textOf(
    released,
    `It is the ${current} of version ${version}. "Release a version" in docs/development.md tells how it is made.`,
  );
  return findSchemaChanges(
    buildSchema(old),
    buildSchema(textOf(current, 'Run npm run generate, which writes it.')),
  );
});

const { dangerous, named, unnamed } = judge(changes, unreleasedOf(changelog));
for (const { description } of dangerous) process.stdout.write(`dangerous since ${version}: ${description}\n`);
for (const { description } of named)
  process.stdout.write(`breaking since ${version}, named: ${description}\n`);
if (unnamed.length > 0) {
  const lines = unnamed.map(({ coordinate, description }) => `  \`${coordinate}\`: ${description}\n`);
  fail(
    `Breaking changes since ${version} that CHANGELOG.md does not name:\n${lines.join('')}`,
    'Undo each of them, or name its coordinate in backticks under "## [Unreleased]", with what clients have to do.',
  );
}

function textOf(path: string, advice: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : fail(`${path} is missing.`, advice);
}

function fail(fault: string, advice: string): never {
  process.stderr.write(`${fault.trimEnd()}\n${advice}\n`);
  process.exit(1);
}
