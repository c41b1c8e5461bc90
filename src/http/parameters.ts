import type { IncomingMessage } from 'node:http';
import { MIMEType } from 'node:util';
import { rememberHeaders } from './caching/header-memo.ts';
import { parseJson } from './json.ts';
import { RequestRefused } from './refusal.ts';

/** A GraphQL request as it came. */
export interface RequestText {
  readonly method: 'GET' | 'POST';
  /** The URL of a GET; the body of a POST, a character a byte, so that no two bodies are one text. */
  readonly text: string;
}

/**
 * How GraphQL is asked by the request.
 * @throws RequestRefused where it is not.
 */
export type MethodCheck = (request: IncomingMessage) => RequestText['method'];

export function createMethodCheck(): MethodCheck {
  const isJson = rememberHeaders(isJsonType);
  return ({ method, headers }) => {
    // Of an answer to HEAD node sends the head alone.
    if (method === 'GET' || method === 'HEAD') return 'GET';
    if (method !== 'POST') {
      throw new RequestRefused(405, 'GraphQL is asked by GET or POST.', { headers: { Allow: 'GET, POST' } });
    }
    if (!isJson(headers['content-type']) || isEncoded(headers['content-encoding'])) {
      throw new RequestRefused(415, 'Send the operation as application/json, in UTF-8 and not compressed.');
    }
    return method;
  };
}

/**
 * The parameters of a GraphQL request: the JSON of a POST, or the query of a GET. That they are an object with a
 * document in it is not checked yet.
 * @throws RequestRefused where there are none to read.
 */
export function parametersOf({ method, text }: RequestText): unknown {
  if (method === 'GET') return parametersOfUrl(text);
  try {
    return parseJson(Buffer.from(text, 'latin1'));
  } catch {
    throw new RequestRefused(400, 'The request body is not valid JSON.');
  }
}

function parametersOfUrl(url: string): unknown {
  // A question mark in the query is one of the query (RFC 3986, 3.4).
  const query = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
  const documentId = query.get('documentId');
  return {
    query: query.get('query'),
    operationName: query.get('operationName') || null,
    variables: jsonParameter(query, 'variables'),
    extensions: jsonParameter(query, 'extensions'),
    ...(documentId !== null && { documentId }),
  };
}

function jsonParameter(query: URLSearchParams, name: string): unknown {
  try {
    return parseJson(query.get(name) || 'null');
  } catch {
    throw new RequestRefused(400, `The parameter ${name} is not valid JSON.`);
  }
}

function isJsonType(contentType: string): boolean {
  try {
    const { essence, params } = new MIMEType(contentType);
    const charset = params.get('charset')?.toLowerCase() ?? 'utf-8';
    return ['application/json', 'application/graphql+json'].includes(essence) && charset === 'utf-8';
  } catch {
    return false;
  }
}

function isEncoded(contentEncoding = 'identity'): boolean {
  return contentEncoding.toLowerCase() !== 'identity';
}
