import fc from 'fast-check';
import { type GraphQLError, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { GraphqlResponse } from '../../../../src/http/responses.ts';
import { publicSchema } from '../../../../src/schema/index.ts';
import { executeBothWays, repositoryOf } from './both-ways.ts';
import { randomDocument, randomShelf } from './random-documents.ts';

// A failing document is not shrunk: that takes minutes.
const BOUNDS = { numRuns: 150, endOnFailure: true };

/**
 * The specification leaves two things open, which depend on what the loaders already have: the order of errors, and which
 * of the errors that null the whole data is reported (GraphQL, section 6.4.4). So the place of the latter is left out.
 */
function comparable({ text, ...rest }: GraphqlResponse) {
  const { errors = [], data, ...others } = JSON.parse(text);
  const parts =
    data === null ? errors.map(({ message, extensions }: GraphQLError) => ({ message, extensions })) : errors;
  return { ...rest, ...others, data, errors: parts.map((error: object) => JSON.stringify(error)).sort() };
}

describe('any document of the schema', () => {
  it('gets the same bytes with and without a plan', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomDocument(publicSchema),
        randomShelf({ failing: false }),
        async (request, shelf) => {
          expect(validate(publicSchema, parse(request.query))).toEqual([]);
          const { reference, others, way } = await executeBothWays(repositoryOf(shelf), request);
          expect(others).toEqual([reference, reference]);
          expect(way).toBe(reference.complete ? 'planned' : 'no plan');
        },
      ),
      BOUNDS,
    );
  });

  it('gets the same errors at the same paths if catalogs cannot be loaded', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomDocument(publicSchema),
        randomShelf({ failing: true }),
        async (request, shelf) => {
          const { reference, others, way } = await executeBothWays(repositoryOf(shelf), request);
          expect(others.map(comparable)).toEqual([reference, reference].map(comparable));
          expect(reference.complete).toBe(way === 'planned');
        },
      ),
      BOUNDS,
    );
  });
});
