import { readFileSync } from 'node:fs';
import {
  buildClientSchema,
  buildSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { expect, it } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { post } from '../support/http-client.ts';

const token = 'a-token-for-operators';

/** The order of definitions has no meaning. */
function sorted(schema: GraphQLSchema): string {
  return printSchema(lexicographicSortSchema(schema));
}

it.each([
  ['schema.graphql', 'everybody', {}],
  ['schema.operators.graphql', 'operators', { authorization: `Bearer ${token}` }],
])('%s is the schema that introspection shows to %s', async (path, _, headers) => {
  const gateway = await startGateway({ ADMIN_TOKEN: token });
  const { body } = await post(gateway, { query: getIntrospectionQuery({ specifiedByUrl: true }) }, headers);
  const shown = buildClientSchema(body.data as unknown as IntrospectionQuery);
  expect(sorted(buildSchema(readFileSync(path, 'utf8')))).toBe(sorted(shown));
});

it('schema.graphql has no definitions for operators', () => {
  const text = readFileSync('schema.graphql', 'utf8');
  expect(text).not.toMatch(/operator|Mutation|CacheEntry|Invalidat/i);
});
