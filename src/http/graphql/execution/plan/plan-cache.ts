import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type VariableValues,
  visit,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { HttpEvent } from '../../../events.ts';
import { documentWeight } from '../../document-cache.ts';
import { Bail } from './bail.ts';
import { createPieces } from './pieces.ts';
import { createPlan, type Plan } from './plan.ts';

/** The plans of the operations that are executed again and again. */
export interface Plans {
  /** Whether the operation was noted. */
  isKnown(operation: OperationDefinitionNode): boolean;
  /** Notes an operation that is executed. Those that never come again must not evict the plans of others. */
  note(operation: OperationDefinitionNode): void;
  /** The plan for a noted query of a valid document, made by the first call; null if there is none. */
  planFor(document: DocumentNode, operation: OperationDefinitionNode, variables: VariableValues): Plan | null;
  /** A plan that is not kept. */
  planOnce(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: VariableValues,
  ): Plan | null;
}

// A planned field weighs about a kilobyte, most of it code, and a plan holds its document. A short document can have
// thousands of fields, by fragments within fragments, and any client can send documents that never come again.
const MAX_BYTES_KEPT = 32 * 1024 * 1024;
const BYTES_PER_FIELD = 1024;
const MAX_FIELDS_PER_PLAN = 500;

// About what the pages of 400 sellers and the catalogs of each take in three queries.
const MAX_BYTES_OF_PIECES = 32 * 1024 * 1024;

// Each doubles the plans that an operation can have.
const MAX_CONDITIONS = 3;

interface Repeated {
  readonly id: number;
  /** The variables that fields are included or left out by. */
  conditions?: readonly string[];
}

/**
 * Plans by operation and by the values of its conditions. The least recently used is evicted first. An operation is known
 * by its node, and so as long as the cache of parsed documents has it.
 */
export function createPlans(schema: GraphQLSchema, report: (event: HttpEvent) => void): Plans {
  const pieces = createPieces(MAX_BYTES_OF_PIECES);
  const known = new WeakMap<OperationDefinitionNode, Repeated>();
  const plans = new LRUCache<string, { readonly plan: Plan | null }>({ maxSize: MAX_BYTES_KEPT });
  let lastId = 0;

  return {
    isKnown: (operation) => known.has(operation),
    note(operation) {
      lastId += 1;
      known.set(operation, { id: lastId });
    },
    planOnce: compile,
    planFor(document, operation, variables) {
      const repeatedOperation = known.get(operation);
      if (!repeatedOperation) return null;
      repeatedOperation.conditions ??= conditionsOf(document);
      if (repeatedOperation.conditions.length > MAX_CONDITIONS) return null;
      const key = `${repeatedOperation.id} ${repeatedOperation.conditions.map((name) => variables.coerced[name])}`;
      const kept = plans.get(key);
      if (kept) return kept.plan;
      const plan = compile(document, operation, variables);
      const fields = 1 + (plan?.size ?? 0);
      const size = BYTES_PER_FIELD * fields + documentWeight(document, document.loc?.source.body.length ?? 0);
      plans.set(key, { plan }, { size });
      return plan;
    },
  };

  function compile(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: VariableValues,
  ): Plan | null {
    try {
      const plan = createPlan(schema, document, operation, variables, MAX_FIELDS_PER_PLAN, pieces);
      report({ type: 'plan-made', fields: plan.size });
      return plan;
    } catch (cause) {
      // The reference executor executes the operation, and reports its faults.
      if (!(cause instanceof Bail || cause instanceof GraphQLError))
        report({ type: 'internal-error', cause });
      return null;
    }
  }
}

function conditionsOf(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    // The schema has no other directives for queries than @skip and @include.
    Directive({ arguments: given = [] }) {
      for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}
