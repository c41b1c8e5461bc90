import type { IncomingMessage } from 'node:http';
import { MIMEType } from 'node:util';
import { readBody } from './read-body.ts';
import { RequestRefused } from './refusal.ts';

// Operations are a few kilobytes; whoever sends more has made a mistake or means harm.
const BODY_LIMIT_BYTES = 100 * 1024;

/**
 * The parameters of a GraphQL request: the JSON of a POST, or the query of a GET. That they are an object with a
 * document in it is not checked yet.
 * @throws RequestRefused where there are none to read.
 */
export async function readParameters(request: IncomingMessage): Promise<unknown> {
  if (request.method === 'GET') return parametersOfUrl(request.url ?? '');
  if (request.method !== 'POST') {
    throw new RequestRefused(405, 'GraphQL is asked by GET or POST.', { Allow: 'GET, POST' });
  }
  if (!isJson(request.headers['content-type']) || isEncoded(request.headers['content-encoding'])) {
    throw new RequestRefused(415, 'Send the operation as application/json, in UTF-8 and not compressed.');
  }
  const body = await readBody(request, BODY_LIMIT_BYTES);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new RequestRefused(400, 'The request body is not valid JSON.');
  }
}

function parametersOfUrl(url: string): unknown {
  const query = new URLSearchParams(url.split('?')[1]);
  return {
    query: query.get('query'),
    operationName: query.get('operationName') || null,
    variables: jsonParameter(query, 'variables'),
    extensions: jsonParameter(query, 'extensions'),
  };
}

function jsonParameter(query: URLSearchParams, name: string): unknown {
  try {
    return JSON.parse(query.get(name) || 'null');
  } catch {
    throw new RequestRefused(400, `The parameter ${name} is not valid JSON.`);
  }
}

function isJson(contentType = ''): boolean {
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
