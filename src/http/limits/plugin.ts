import { type DocumentNode, GraphQLError, getOperationAST, parse } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { BadUserInput } from '../../domain/errors.ts';
import { countAliases, depthOf } from './document-size.ts';
import { pageCost } from './page-cost.ts';

/** The most that one operation may ask for; all counts. */
export interface Limits {
  readonly tokens: number;
  readonly aliases: number;
  readonly depth: number;
  readonly pageCost: number;
}

/** Refuses operations over a limit as they are parsed, or for their cost before they run. */
export function useLimits(limits: Limits): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn((source, options) => {
        const document = parse(source, { ...options, maxTokens: limits.tokens });
        // Before validation, some of whose rules compare every field with every other.
        refuseSize(document, limits);
        return document;
      });
    },
    onExecute({ args: { schema, document, operationName, variableValues }, setResultAndStopExecution }) {
      const operation = getOperationAST(document, operationName);
      try {
        const cost = operation ? pageCost(schema, document, operation, variableValues ?? {}) : 0;
        if (cost <= limits.pageCost) return;
        throw tooMuch(`could ask for ${cost} list items; ask for smaller pages`, limits.pageCost);
      } catch (error) {
        if (!(error instanceof GraphQLError || error instanceof BadUserInput)) throw error;
        setResultAndStopExecution({ errors: [refusal(error.message)] });
      }
    },
  };
}

function refuseSize(document: DocumentNode, limits: Limits): void {
  const aliases = countAliases(document);
  if (aliases > limits.aliases) throw tooMuch(`uses ${aliases} aliases`, limits.aliases);
  const depth = depthOf(document);
  if (depth > limits.depth) throw tooMuch(`is nested ${depth} levels deep`, limits.depth);
}

function tooMuch(what: string, limit: number): GraphQLError {
  return refusal(`The operation ${what}. The limit is ${limit}.`);
}

function refusal(message: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400, spec: true } },
  });
}
