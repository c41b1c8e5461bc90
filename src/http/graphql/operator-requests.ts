import type { IncomingHttpHeaders } from 'node:http';
import { visit } from 'graphql';
import { OPERATOR_FIELDS } from '../../schema/index.ts';
import type { AdminGuard, Scheme } from '../admin/guard.ts';
import { RequestRefused } from '../refusal.ts';
import { parseDocument } from './limits/parse.ts';
import type { PersistedDocuments } from './persisted/documents.ts';

export interface OperatorRequestsOptions {
  /** Null where there is no admin token: nobody is an operator, and there is nothing that is theirs. */
  readonly guard: AdminGuard | null;
  readonly persisted: PersistedDocuments;
  readonly maxTokens: number;
}

/** Who sends a request. */
export interface Sender {
  readonly headers: IncomingHttpHeaders;
  readonly requestId: string;
}

/**
 * Tells operators' requests from others. The token is looked at only where a right one gets another answer, and there a
 * wrong one is counted: no answer tells for nothing whether a guess was right.
 */
export interface OperatorRequests {
  /** Whether the answer may depend on credentials. Sometimes true where it does not, and cheap. */
  mayDepend(headers: IncomingHttpHeaders, parameters: object): boolean;
  /**
   * The parameters with the text of the document; `exempt`: one that is executed for operators alone, who sent it.
   * @throws RequestRefused
   */
  resolve(
    parameters: Readonly<Record<string, unknown>>,
    sender: Sender,
  ): Promise<{ readonly parameters: unknown; readonly exempt: boolean }>;
  /**
   * Whether it is an operator who asks for what is the operators'. A wrong token with a question about the schema is
   * somebody else's, maybe: that waits for its turn, and is answered what everybody is.
   * @throws RequestRefused for a wrong token that comes with an operators' field, and where too many wait.
   */
  isOperators(parameters: unknown, sender: Sender): Promise<boolean>;
  /**
   * Whether a request of nobody in particular may see the operators' fields. Who names one is told that it is forbidden;
   * who asks the schema what there is, or guesses, does not hear of it.
   */
  showsOperatorFields(parameters: unknown): boolean;
}

// A browser in which somebody signed in to the observatory sends the password with all that a page of this origin asks.
const SCHEMES: readonly Scheme[] = ['Bearer'];

const SCHEMA_FIELDS: ReadonlySet<string> = new Set(['__schema', '__type']);
const MAY_NAME = new RegExp(`\\b(${[...OPERATOR_FIELDS, ...SCHEMA_FIELDS].join('|')})\\b`);

export function createOperatorRequests(options: OperatorRequestsOptions): OperatorRequests {
  const { guard, persisted, maxTokens } = options;
  const mayName = new WeakMap<object, boolean>();

  return {
    mayDepend({ authorization }, parameters) {
      if (guard === null || authorization === undefined) return false;
      // Known requests come again and again, and with long documents.
      const known = mayName.get(parameters) ?? MAY_NAME.test(queryOf(parameters));
      mayName.set(parameters, known);
      return known;
    },
    async resolve(parameters, sender) {
      try {
        return { parameters: await persisted.resolve(parameters, false), exempt: false };
      } catch (error) {
        if (!guard || !isUntrusted(error)) throw error;
        const isOperator = await hasToken(guard, parameters, sender);
        if (!isOperator) throw error;
        return { parameters: await persisted.resolve(parameters, true), exempt: true };
      }
    },
    async isOperators(parameters, sender) {
      if (!guard) return false;
      const { field, schema } = fieldsOf(parameters);
      return (field || schema) && hasToken(guard, parameters, sender);
    },
    showsOperatorFields(parameters) {
      const { field, schema } = fieldsOf(parameters);
      return guard !== null && field && !schema;
    },
  };

  async function hasToken(by: AdminGuard, parameters: unknown, { headers, requestId }: Sender) {
    const match = by.matchToken(headers, SCHEMES);
    if (match === 'wrong') {
      if (fieldsOf(parameters).field) await by.refuse(headers, requestId, SCHEMES);
      else await by.countWrong(requestId);
    }
    return match === 'right';
  }

  /** What a document asks for that operators get, or get more of. An alias or a string of such a name is not that. */
  function fieldsOf(parameters: unknown) {
    const asked = { field: false, schema: false };
    const query = queryOf(parameters);
    if (!MAY_NAME.test(query)) return asked;
    try {
      visit(parseDocument(query, { maxTokens, withLocations: false }), {
        Field({ name: { value } }) {
          asked.field ||= OPERATOR_FIELDS.has(value);
          asked.schema ||= SCHEMA_FIELDS.has(value);
        },
      });
    } catch {
      // Whoever executes it will say what is wrong with it.
    }
    return asked;
  }
}

function isUntrusted(error: unknown): boolean {
  return error instanceof RequestRefused && error.code === 'FORBIDDEN';
}

function queryOf(parameters: unknown): string {
  return String((parameters as { readonly query?: unknown } | null)?.query);
}
