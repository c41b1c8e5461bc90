import { getArgumentValues } from '@graphql-tools/utils';
import { type FieldNode, GraphQLError, type GraphQLField, type VariableValues, visit } from 'graphql';
import { Bail } from './bail.ts';

export type Arguments = Readonly<Record<string, unknown>>;

/**
 * The arguments of a field for an operation's variables. Those without variables are coerced once.
 * @throws GraphQLError if such arguments are invalid; the returned function throws Bail.
 */
export function planArguments(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
): (variables: VariableValues) => Arguments {
  const coerce = (variables?: VariableValues) =>
    // By the reference executor's own function.
    getArgumentValues(field, node, variables?.coerced, variables?.sources);
  if (!usesVariables(node)) {
    const values = Object.freeze(coerce());
    return () => values;
  }
  return (variables) => {
    try {
      return coerce(variables);
    } catch (error) {
      throw error instanceof GraphQLError ? new Bail('arguments') : error;
    }
  };
}

function usesVariables({ arguments: nodes = [] }: FieldNode): boolean {
  let uses = false;
  for (const node of nodes) {
    visit(node, {
      Variable() {
        uses = true;
      },
    });
  }
  return uses;
}
