import SchemaBuilder from '@pothos/core';
import { GraphQLDateTime } from 'graphql-scalars';
import type { Operations } from '../repository/operations.ts';
import type { Loaders } from './loaders.ts';

/** What every resolver is handed. */
export interface Context {
  readonly loaders: Loaders;
  readonly operations: Operations;
  /** Whether the request has the admin token. */
  readonly operator: boolean;
}

export const builder = new SchemaBuilder<{
  Context: Context;
  Scalars: {
    ID: { Input: string; Output: string | number };
    DateTime: { Input: Date; Output: Date };
  };
}>({});

builder.addScalarType('DateTime', GraphQLDateTime);
