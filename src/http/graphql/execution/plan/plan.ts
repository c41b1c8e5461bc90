import type { DocumentNode, GraphQLSchema, OperationDefinitionNode, VariableValues } from 'graphql';
import { after, type MaybePromise } from '../../../../domain/maybe-promise.ts';
import { planFields } from './fields.ts';
import { Parts } from './parts.ts';
import type { Pieces } from './pieces.ts';
import { createSlot, resolveFields } from './resolve.ts';
import { compileWriter } from './writer.ts';

const START = Buffer.from('{"data":');
const END = Buffer.from('}');

/** An operation made ready to be executed, for one outcome of its @skip and @include. */
export interface Plan {
  /** The number of its fields, which is its weight. */
  readonly size: number;
  /**
   * The whole response in JSON: at once, if no resolver waits. Throws Bail or rejects with it for an error in the response,
   * and for anything unusual.
   */
  run(context: unknown, variables: VariableValues): MaybePromise<Buffer>;
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
  pieces: Pieces,
): Plan {
  const { root, count } = planFields(schema, document, operation, variables, maxFields);
  const write = compileWriter(root, pieces);
  return {
    size: count,
    run(context, values) {
      const slot = createSlot();
      return after(resolveFields(root, [undefined], slot, { context, variables: values }), () => {
        const parts = new Parts();
        parts.add(START);
        write(undefined, slot, parts);
        parts.add(END);
        return parts.joined();
      });
    },
  };
}
