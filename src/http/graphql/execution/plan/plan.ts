import type { DocumentNode, GraphQLSchema, OperationDefinitionNode, VariableValues } from 'graphql';
import { planFields } from './fields.ts';
import { createSlot, resolveFields } from './resolve.ts';
import { compileWriter } from './writer.ts';

/** An operation made ready to be executed, for one outcome of its @skip and @include. */
export interface Plan {
  /** How many fields it has, which is what it weighs. */
  readonly size: number;
  /** The whole answer in JSON. @throws Bail where it would have an error in it, or anything unusual. */
  run(context: unknown, variables: VariableValues): Promise<string>;
}

/**
 * Compiles a query of at most `mostFields` fields.
 * @throws Bail where no plan is made for it, GraphQLError where its arguments do not fit.
 */
export function createPlan(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: VariableValues,
  mostFields: number,
): Plan {
  const { root, count } = planFields(schema, document, operation, variables, mostFields);
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
