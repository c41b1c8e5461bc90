import SchemaBuilder from '@pothos/core';
import { type GraphQLError, GraphQLScalarType } from 'graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import type { Principal } from '../domain/principal.ts';
import type { Operations } from '../repository/operations.ts';
import { createDateTimeText } from './date-time-text.ts';
import type { Loaders } from './loaders.ts';

/** The context of every resolver. */
export interface Context {
  readonly loaders: Loaders;
  readonly operations: Operations;
  /** Whether the request has the admin token. */
  readonly operator: boolean;
  /** Who asks; null for nobody, and where the response is for everybody. */
  readonly viewer: Principal | null;
  /** Errors of fields whose values stand. They are added to the errors of the response. */
  readonly failures: GraphQLError[];
}

export const builder = new SchemaBuilder<{
  Context: Context;
  Scalars: {
    ID: { Input: string; Output: string | number };
    DateTime: { Input: Date; Output: Date };
  };
}>({});

const textOf = createDateTimeText();

// The library passes a Date to JSON.stringify, which then spends four fifths of its time on dates.
const { serialize, coerceOutputValue, ...dateTime } = GraphQLDateTime.toConfig();

builder.addScalarType(
  'DateTime',
  new GraphQLScalarType({
    ...dateTime,
    // The text at scalars.graphql.org requires milliseconds, which clients may omit.
    specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339#section-5.6',
    serialize: (value) => textOf(serialize(value)),
  }),
);
