import {
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { isWellFormed } from '../../response-cache/cache-query.ts';
import type { DocumentCache } from '../document-cache.ts';
import { type Limits, type PreparedOperation, prepareOperation } from '../limits/prepare.ts';
import type { Plan } from './plan/plan.ts';
import type { Plans } from './plan/plan-cache.ts';

/** An operation that can be executed without Yoga: its document is valid, its variables fit, and it has a plan. */
export interface PlannedOperation extends PreparedOperation {
  readonly name: string | null;
  readonly plan: Plan;
}

export interface PlannedOperationsOptions {
  readonly schema: GraphQLSchema;
  readonly documents: DocumentCache;
  readonly plans: Plans;
  readonly limits: Limits;
}

/**
 * Finds the planned operation of parameters; undefined for one that Yoga must answer. What was coerced for
 * parameters is kept as long as they and the document are.
 */
export function createPlannedOperations(
  options: PlannedOperationsOptions,
): (parameters: unknown) => PlannedOperation | undefined {
  const { schema, documents, plans, limits } = options;
  const prepared = new WeakMap<OperationDefinitionNode, WeakMap<object, PreparedOperation>>();

  return (parameters) => {
    if (!isWellFormed(parameters) || typeof parameters.query !== 'string') return undefined;
    const document = documents.kept(parameters.query);
    if (!document) return undefined;
    const operation = getOperationAST(document, parameters.operationName);
    if (operation?.operation !== OperationTypeNode.QUERY || !plans.isKnown(operation)) return undefined;
    const known = prepared.get(operation) ?? new WeakMap<object, PreparedOperation>();
    prepared.set(operation, known);
    const ready =
      known.get(parameters) ??
      prepareOperation(schema, document, operation, parameters.variables, {
        limits,
        hideSuggestions: true,
      });
    if ('refused' in ready) return undefined;
    known.set(parameters, ready);
    const plan = plans.planFor(document, operation, ready.variables);
    return plan ? { ...ready, name: operation.name?.value ?? null, plan } : undefined;
  };
}
