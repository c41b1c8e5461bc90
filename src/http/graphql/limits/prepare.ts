import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  type OperationDefinitionNode,
  type VariableValues,
} from 'graphql';
import { BadUserInput } from '../../../domain/errors.ts';
import { type OperationCost, operationCost } from './operation-cost.ts';
import { refusal, tooMuch } from './refusal.ts';

/** The most that one operation may ask for; all counts. */
export interface Limits {
  readonly tokens: number;
  readonly aliases: number;
  readonly depth: number;
  readonly pageCost: number;
  readonly values: number;
  readonly upstreamCalls: number;
}

// Each prints the whole value before its message is cut.
const MAX_VARIABLE_ERRORS = 3;

/** An operation that is about to be executed. */
export interface PreparedOperation {
  readonly variables: VariableValues;
  readonly cost: OperationCost;
}

/** An operation that is not executed, because of these errors. */
interface RefusedOperation {
  readonly refused: readonly GraphQLError[];
}

/** Coerces the variables of an operation of a valid document, and enforces the limits of its cost. */
export function prepareOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  values: Readonly<Record<string, unknown>> | null | undefined,
  { limits, hideSuggestions }: { readonly limits: Limits; readonly hideSuggestions: boolean },
): PreparedOperation | RefusedOperation {
  const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], values ?? {}, {
    maxErrors: MAX_VARIABLE_ERRORS,
    hideSuggestions,
  });
  if (coerced.errors) return { refused: coerced.errors };
  const { variableValues: variables } = coerced;
  try {
    const cost = operationCost(schema, document, operation, variables);
    refuseCost(cost, limits);
    return { variables, cost };
  } catch (error) {
    if (!(error instanceof GraphQLError || error instanceof BadUserInput)) throw error;
    return { refused: [refusal(error.message)] };
  }
}

function refuseCost({ items, values, calls }: OperationCost, limits: Limits): void {
  if (items > limits.pageCost)
    throw tooMuch(`could return ${items} list items; request smaller pages`, limits.pageCost);
  if (calls > limits.upstreamCalls)
    throw tooMuch(
      `could need ${calls} calls to the catalog service; request less at once`,
      limits.upstreamCalls,
    );
  if (values > limits.values)
    throw tooMuch(`could return ${values} values; request smaller pages or fewer fields`, limits.values);
}
