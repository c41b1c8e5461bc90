import type { DocumentNode, GraphQLSchema, OperationDefinitionNode, VariableValues } from 'graphql';
import { planFields } from './fields.ts';
import { createSlot, resolveFields } from './resolve.ts';
import { compileWriter } from './writer.ts';

/** An operation made ready to be executed, for one outcome of its @skip and @include. */
export interface Plan {
  /** The number of its fields, which is its weight. */
  readonly size: number;
  /** The whole response in JSON. @throws Bail for an error in it, and for anything unusual. */
  run(context: unknown, variables: VariableValues): Promise<string>;
}

/**
 * Compiles a query of at most `maxFields` fields.
 * @throws Bail if plans do not support it, GraphQLError if its arguments are invalid.
 */
export function createPlan(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: VariableValues,
  maxFields: number,
): Plan {
  const { root, count } = planFields(schema, document, operation, variables, maxFields);
  const write = compileWriter(root);
  return {
    size: count,
    async run(context, values) {
      const slot = createSlot();
      await resolveFields(root, [undefined], slot, { context, variables: values });
      return `{"data":${write(undefined, slot)}}`;
    },
  };
}
