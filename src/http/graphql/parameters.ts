import { parseJson } from '../json.ts';
import { RequestRefused } from '../refusal.ts';
import type { ParsedRequest } from '../response-cache/parsed-request.ts';

/**
 * The parameters of a GraphQL request: the JSON of a POST, or the query of a GET. In both, an empty parameter counts as
 * absent, and JSON in a string counts as its value. The document is not checked yet.
 * @throws RequestRefused for invalid JSON.
 */
export function parametersOf({ method, text }: Pick<ParsedRequest, 'method' | 'text'>): unknown {
  const sent = method === 'GET' ? Object.fromEntries(new URLSearchParams(text)) : bodyOf(text);
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return sent;
  const parameters = sent as Readonly<Record<string, unknown>>;
  return {
    ...parameters,
    operationName: parameters.operationName === '' ? null : parameters.operationName,
    variables: jsonIn(parameters, 'variables'),
    extensions: jsonIn(parameters, 'extensions'),
  };
}

/** The parameters that GraphQL over HTTP defines; servers ignore others. Names of documents are resolved by now. */
export function knownParameters(parameters: unknown): unknown {
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) return parameters;
  const { query, operationName, variables, extensions } = parameters as Readonly<Record<string, unknown>>;
  return { query, operationName, variables, extensions };
}

function bodyOf(text: string): unknown {
  try {
    return parseJson(Buffer.from(text, 'latin1'));
  } catch {
    throw new RequestRefused(400, 'The request body is not valid JSON.');
  }
}

function jsonIn(parameters: Readonly<Record<string, unknown>>, name: string): unknown {
  const value = parameters[name];
  if (typeof value !== 'string') return value;
  try {
    return parseJson(value || 'null');
  } catch {
    throw new RequestRefused(400, `The parameter ${name} is not valid JSON.`);
  }
}
