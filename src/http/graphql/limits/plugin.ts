import {
  type DocumentNode,
  GraphQLError,
  getOperationAST,
  getVariableValues,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  type VariableValues,
  validate,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { BadUserInput } from '../../../domain/errors.ts';
import type { Charge } from '../../auth/admission.ts';
import { MAX_REQUEST_ERRORS } from '../bounded-errors.ts';
import type { DocumentCache } from '../document-cache.ts';
import { countAliases, nestingOf } from './document-size.ts';
import { type OperationCost, operationCost } from './operation-cost.ts';
import { MAX_NESTING, parseDocument } from './parse.ts';
import { limitReached, refusal, tooMuch } from './refusal.ts';

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
interface PreparedOperation {
  readonly variables: VariableValues;
  readonly cost: OperationCost;
}

/** Prepared operations by the context of their execution. */
export type PreparedOperations = WeakMap<object, PreparedOperation>;

/** The context of an execution, as far as its limit is concerned. */
interface ChargedContext {
  readonly charge: Charge | null;
}

export interface LimitsOptions {
  readonly limits: Limits;
  /** Valid documents of one schema. */
  readonly documents: DocumentCache;
  /** Whether documents may ask for the schema. */
  readonly introspection: boolean;
  /** Whether errors suggest names from it. */
  readonly suggestions: boolean;
  readonly prepared: PreparedOperations;
}

/**
 * Parses and validates documents, and enforces the limits: of size before validation, of cost before execution.
 * A refusal takes time linear in the request, and has few errors. Nothing of a refused document is kept.
 */
export function useLimits(options: LimitsOptions): Plugin {
  const { limits, documents, introspection, suggestions, prepared } = options;
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const hideSuggestions = !suggestions;
  // Without the one that says that there are more.
  const maxErrors = MAX_REQUEST_ERRORS - 1;
  return {
    onParse({ params: { source }, setParseFn }) {
      setParseFn(() => documents.parsed(source.toString(), (text) => parseWithinLimits(text, limits)));
    },
    onValidate({ params: { schema }, setValidationFn }) {
      setValidationFn((_: unknown, document: DocumentNode) => {
        if (documents.isKept(document)) return [];
        const errors = validate(schema, document, rules, { maxErrors, hideSuggestions });
        if (errors.length === 0) documents.keep(document);
        return errors;
      });
    },
    onExecute({
      args: { schema, document, operationName, variableValues, contextValue },
      setResultAndStopExecution,
    }): undefined | Promise<undefined> {
      const operation = getOperationAST(document, operationName);
      if (!operation) return undefined;
      const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {}, {
        maxErrors: MAX_VARIABLE_ERRORS,
        hideSuggestions,
      });
      if (coerced.errors) {
        setResultAndStopExecution({ errors: coerced.errors });
        return undefined;
      }
      const { variableValues: variables } = coerced;
      try {
        const cost = operationCost(schema, document, operation, variables);
        refuseCost(cost, limits);
        prepared.set(contextValue as object, { variables, cost });
        const { charge } = contextValue as unknown as ChargedContext;
        return charge?.(cost.items).then((headers) => {
          if (headers) setResultAndStopExecution({ errors: [limitReached(headers)] });
          return undefined;
        });
      } catch (error) {
        if (!(error instanceof GraphQLError || error instanceof BadUserInput)) throw error;
        setResultAndStopExecution({ errors: [refusal(error.message)] });
        return undefined;
      }
    },
  };
}

export function parseWithinLimits(text: string, limits: Limits): DocumentNode {
  const document = parseDocument(text, { maxTokens: limits.tokens, withLocations: true });
  // Before validation, some of whose rules compare every field with every other, or recurse into fragments.
  const aliases = countAliases(document);
  if (aliases > limits.aliases) throw tooMuch(`uses ${aliases} aliases`, limits.aliases);
  const { depth, height, cycle } = nestingOf(document);
  if (cycle) throw refusal(`Cannot spread fragment "${cycle.name.value}" within itself.`, cycle);
  if (depth > limits.depth) throw tooMuch(`is nested ${depth} levels deep`, limits.depth);
  if (height > MAX_NESTING) throw tooMuch('has selections that are nested too deeply', MAX_NESTING);
  return document;
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
