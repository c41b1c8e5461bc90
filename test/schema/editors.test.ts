import { globSync, readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';

interface Project {
  readonly schema: string;
  readonly documents: string;
}

const config = parseYaml(readFileSync('.graphqlrc.yml', 'utf8'));
const projects: [string, Project][] = Object.entries(config.projects);

it.each(projects)('editors find valid operations in the project %s', (_, { schema, documents }) => {
  const files = globSync(documents);
  expect(files).not.toEqual([]);
  const document = parse(files.map((path) => readFileSync(path, 'utf8')).join('\n'));
  expect(validate(buildSchema(readFileSync(schema, 'utf8')), document)).toEqual([]);
});

it('each operation of the tests belongs to one project', () => {
  const files = projects.flatMap(([, { documents }]) => globSync(documents));
  expect(files.toSorted()).toEqual(globSync('test/operations/*.graphql').toSorted());
});
