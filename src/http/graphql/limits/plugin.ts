import {
  type DocumentNode,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  validate,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Charge } from '../../auth/admission.ts';
import { MAX_REQUEST_ERRORS } from '../bounded-errors.ts';
import type { DocumentCache } from '../document-cache.ts';
import { countAliases, nestingOf } from './document-size.ts';
import { MAX_NESTING, parseDocument } from './parse.ts';
import { type Limits, type PreparedOperation, prepareOperation } from './prepare.ts';
import { limitReached, refusal, tooMuch } from './refusal.ts';

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
      const ready = prepareOperation(schema, document, operation, variableValues, {
        limits,
        hideSuggestions,
      });
      if ('refused' in ready) {
        setResultAndStopExecution({ errors: ready.refused });
        return undefined;
      }
      prepared.set(contextValue as object, ready);
      const { charge } = contextValue as unknown as ChargedContext;
      return charge?.take(ready.cost.items).then((headers) => {
        if (headers) setResultAndStopExecution({ errors: [limitReached(headers)] });
        return undefined;
      });
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
