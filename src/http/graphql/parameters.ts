import type { IncomingMessage } from 'node:http';
import { parseJson } from '../json.ts';
import { checkJsonContent } from '../negotiation/json-content.ts';
import { RequestRefused } from '../refusal.ts';
import type { ParsedRequest } from '../response-cache/parsed-request.ts';

/**
 * How GraphQL is asked by the request.
 * @throws RequestRefused where it is not.
 */
export function methodOf({ method, headers }: IncomingMessage): ParsedRequest['method'] {
  // Of an answer to HEAD node sends the head alone.
  if (method === 'GET' || method === 'HEAD') return 'GET';
  if (method !== 'POST') {
    throw new RequestRefused(405, 'GraphQL accepts GET and POST only.', { headers: { Allow: 'GET, POST' } });
  }
  checkJsonContent(headers);
  return method;
}

/**
 * The parameters of a GraphQL request: the JSON of a POST, or the query of a GET. Both are read alike: what is empty
 * counts as absent, and what is JSON in a string as what it holds. That there is a document in them is not checked yet.
 * @throws RequestRefused where there are none to read.
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

/** What GraphQL over HTTP knows of parameters; servers ignore others. Those that name a document have done their part. */
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
