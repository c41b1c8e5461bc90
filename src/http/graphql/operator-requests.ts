import type { IncomingMessage } from 'node:http';
import { visit } from 'graphql';
import { OPERATOR_FIELDS } from '../../schema/index.ts';
import type { AdminGuard, Scheme } from '../admin/guard.ts';
import type { Identity } from '../auth/identity.ts';
import { RequestRefused } from '../refusal.ts';
import { parseDocument } from './limits/parse.ts';
import type { PersistedDocuments } from './persisted/documents.ts';

export interface OperatorRequestsOptions {
  /** Null without an admin token: then there are no operators. */
  readonly guard: AdminGuard | null;
  readonly persisted: PersistedDocuments;
  readonly maxTokens: number;
}

/** The sender of a request. */
export interface Sender {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly identity: Identity;
}

/**
 * Recognizes the requests of operators. The token is checked only if a right one gets another response, and then a wrong
 * one is counted: no response reveals for free whether a guess was right.
 */
export interface OperatorRequests {
  /** Whether the response may depend on the token. A cheap check that may be true without need. */
  mayDepend(sender: Pick<Sender, 'request' | 'identity'>, parameters: object): boolean;
  /**
   * The parameters with the text of the document; `exempt`: an operator sent a document that is not trusted.
   * @throws RequestRefused
   */
  resolve(
    parameters: Readonly<Record<string, unknown>>,
    sender: Sender,
  ): Promise<{ readonly parameters: unknown; readonly exempt: boolean }>;
  /**
   * Whether an operator requests fields of operators. A wrong token with introspection may belong to another service:
   * that request waits, and gets the public response.
   * @throws RequestRefused for a wrong token with a field of operators, and if too many requests wait.
   */
  isOperators(parameters: unknown, sender: Sender): Promise<boolean>;
  /**
   * Whether a request without the token may see the fields of operators. A request that names one gets FORBIDDEN;
   * introspection and guesses do not reveal them.
   */
  showsOperatorFields(parameters: unknown): boolean;
}

// A browser that is signed in to the observatory sends the password with every request from a page of this origin.
const SCHEMES: readonly Scheme[] = ['Bearer'];

const SCHEMA_FIELDS: ReadonlySet<string> = new Set(['__schema', '__type']);
const MAY_NAME = new RegExp(`\\b(${[...OPERATOR_FIELDS, ...SCHEMA_FIELDS].join('|')})\\b`);

export function createOperatorRequests(options: OperatorRequestsOptions): OperatorRequests {
  const { guard, persisted, maxTokens } = options;
  const mayName = new WeakMap<object, boolean>();

  return {
    mayDepend({ request, identity }, parameters) {
      if (guard === null || (request.headers.authorization === undefined && !identity.isOperator))
        return false;
      // Known requests come often, and with long documents.
      const known = mayName.get(parameters) ?? MAY_NAME.test(queryOf(parameters));
      mayName.set(parameters, known);
      return known;
    },
    async resolve(parameters, sender) {
      try {
        return { parameters: await persisted.resolve(parameters, false), exempt: false };
      } catch (error) {
        if (!guard || !isUntrusted(error)) throw error;
        if (!(await isOperator(guard, parameters, sender))) throw error;
        return { parameters: await persisted.resolve(parameters, true), exempt: true };
      }
    },
    async isOperators(parameters, sender) {
      if (!guard) return false;
      const { field, schema } = fieldsOf(parameters);
      return (field !== null || schema) && isOperator(guard, parameters, sender);
    },
    showsOperatorFields(parameters) {
      const { field, schema } = fieldsOf(parameters);
      return guard !== null && field !== null && !schema;
    },
  };

  async function isOperator(by: AdminGuard, parameters: unknown, { request, requestId, identity }: Sender) {
    const { field } = fieldsOf(parameters);
    const operator = await by.operatorOf(request, SCHEMES);
    if (operator) {
      if (field) by.noteEffect(operator, field, requestId);
      return true;
    }
    // A token of a principal is no guess.
    const isGuess = identity.principal === null && by.matchToken(request.headers, SCHEMES) === 'wrong';
    if (isGuess && field) await by.refuse(request.headers, requestId, SCHEMES);
    else if (isGuess) await by.countWrong(requestId);
    return false;
  }

  /** Whether a document selects fields of operators, or introspects. Aliases and strings with such names do not count. */
  function fieldsOf(parameters: unknown) {
    const selected: { field: string | null; schema: boolean } = { field: null, schema: false };
    const query = queryOf(parameters);
    if (!MAY_NAME.test(query)) return selected;
    try {
      visit(parseDocument(query, { maxTokens, withLocations: false }), {
        Field({ name: { value } }) {
          if (OPERATOR_FIELDS.has(value)) selected.field ??= value;
          selected.schema ||= SCHEMA_FIELDS.has(value);
        },
      });
    } catch {
      // The execution reports the syntax error.
    }
    return selected;
  }
}

function isUntrusted(error: unknown): boolean {
  return error instanceof RequestRefused && error.code === 'FORBIDDEN';
}

function queryOf(parameters: unknown): string {
  return String((parameters as { readonly query?: unknown } | null)?.query);
}
