import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { minifyIntrospection, outputIntrospectionFile } from '@gql.tada/internal';
import { introspectionFromSchema, printSchema } from 'graphql';
import { publicSchema, schema } from '../src/schema/index.ts';
import { insertComposeVariables } from './generate/compose-variables.ts';
import { printEnvExample } from './generate/env-example.ts';
import { readSettings } from './generate/settings.ts';
import { insertSettingsTable } from './generate/settings-table.ts';

// Writes the committed files that are generated from the code. `--check` names the files that differ from the code.

const unknown = process.argv.slice(2).find((argument) => argument !== '--check');
if (unknown !== undefined) {
  process.stderr.write('Usage: node scripts/generate.ts [--check]\n');
  process.exit(unknown === '--help' ? 0 : 2);
}

const settings = readSettings();
const files = {
  // The public schema, and the schema of operators.
  'schema.graphql': formatGraphql(printSchema(publicSchema)),
  // The schema as a type, for gql.tada.
  'test/operations/generated-schema.d.ts': outputIntrospectionFile(
    minifyIntrospection(introspectionFromSchema(publicSchema)),
    { fileType: '.d.ts', shouldPreprocess: true },
  ),
  'schema.operators.graphql': formatGraphql(printSchema(schema)),
  '.env.example': printEnvExample(settings),
  'docker-compose.yml': insertComposeVariables(readFileSync('docker-compose.yml', 'utf8'), settings),
  'README.md': insertSettingsTable(readFileSync('README.md', 'utf8'), settings),
};

const changed = Object.entries(files).filter(([path, text]) => read(path) !== text);
if (process.argv.includes('--check')) {
  for (const [path] of changed) {
    process.stderr.write(`${path} is out of date; run npm run generate\n`);
  }
  process.exitCode = changed.length > 0 ? 1 : 0;
} else {
  for (const [path, text] of changed) writeFileSync(path, text);
}

/** Formatted as the gate requires. */
function formatGraphql(text: string): string {
  const args = ['format', '--write', '--stdin-file-path=schema.graphql'];
  return execFileSync('node_modules/.bin/biome', args, { input: text, encoding: 'utf8' });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
