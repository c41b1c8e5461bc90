import fc from 'fast-check';
import { type GraphQLError, parse, validate } from 'graphql';
import { afterAll, describe, expect, it } from 'vitest';
import { publicSchema } from '../../../../src/schema/index.ts';
import { executeBothWays, repositoryOf, type TextResponse } from './both-ways.ts';
import { randomDocument, randomShelf } from './random-documents.ts';

// A failing document is not shrunk: that takes minutes.
const BOUNDS = { numRuns: 150, endOnFailure: true };

/**
 * The specification leaves two things open, which depend on what the loaders already have: the order of errors, and which
 * of the errors that null the whole data is reported (GraphQL, section 6.4.4). So the place of the latter is left out.
 */
function comparable({ text, ...rest }: TextResponse) {
  const { errors = [], data, ...others } = JSON.parse(text);
  const parts =
    data === null ? errors.map(({ message, extensions }: GraphQLError) => ({ message, extensions })) : errors;
  return { ...rest, ...others, data, errors: parts.map((error: object) => JSON.stringify(error)).sort() };
}

describe('any document of the schema', () => {
  const ways = new Map<string, number>();
  afterAll(() => {
    process.stdout.write(`random documents were executed ${JSON.stringify(Object.fromEntries(ways))}\n`);
    expect(ways.get('at once')).toBeGreaterThan(BOUNDS.numRuns / 2);
  });

  it('gets the same bytes with and without a plan', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomDocument(publicSchema),
        randomShelf({ failing: false }),
        async (request, shelf) => {
          expect(validate(publicSchema, parse(request.query))).toEqual([]);
          const { reference, others, atOnce, way } = await executeBothWays(repositoryOf(shelf), request);
          expect(others).toEqual([reference, reference]);
          for (const response of atOnce) if (response) expect(response).toEqual(reference);
          ways.set(atOnce[1] ? 'at once' : way, (ways.get(atOnce[1] ? 'at once' : way) ?? 0) + 1);
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
          const { reference, others, atOnce, way } = await executeBothWays(repositoryOf(shelf), request);
          for (const response of atOnce) if (response) expect(response).toEqual(reference);
          expect(others.map(comparable)).toEqual([reference, reference].map(comparable));
          expect(reference.complete).toBe(way === 'planned');
        },
      ),
      BOUNDS,
    );
  });
});
