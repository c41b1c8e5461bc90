import type { IncomingMessage, ServerResponse } from 'node:http';
import { createYoga } from 'graphql-yoga';
import type { Repository } from '../repository/index.ts';
import { type Context, createLoaders, schema } from '../schema/index.ts';
import { maskError, useErrorCodes } from './errors.ts';
import type { HttpEvent } from './events.ts';
import { type Limits, useLimits } from './limits/plugin.ts';
import { readBody } from './read-body.ts';
import { sendError } from './responses.ts';

export interface GraphqlOptions {
  readonly repository: Repository;
  readonly limits: Limits;
  readonly report: (event: HttpEvent) => void;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export const GRAPHQL_PATH = '/graphql';

// Operations are a few kilobytes; whoever sends more has made a mistake or means harm.
const BODY_LIMIT_BYTES = 100 * 1024;

/** GraphQL over HTTP, by https://graphql.github.io/graphql-over-http/. */
export function createGraphql({ repository, limits, report }: GraphqlOptions): Handler {
  const yoga = createYoga<object, Context>({
    schema,
    graphqlEndpoint: GRAPHQL_PATH,
    context: () => ({ loaders: createLoaders(repository) }),
    plugins: [useLimits(limits), useErrorCodes()],
    maskedErrors: { maskError: (error) => maskError(error, report) },
    // What Yoga would log is reported; the rest of these are done in front of it, or not wanted.
    logging: false,
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    maxRequestBodySize: false,
  });

  return async (request, response) => {
    if (request.method !== 'POST') return yoga(request, response);
    if (!isJson(request.headers['content-type'])) {
      return sendError(response, 415, 'BAD_USER_INPUT', 'Send the operation as application/json.');
    }
    const body = await readBody(request, BODY_LIMIT_BYTES);
    if (body === 'cut') return;
    if (body === 'too-large') {
      return sendError(
        response,
        413,
        'BAD_USER_INPUT',
        `The request body is over ${BODY_LIMIT_BYTES} bytes.`,
      );
    }
    // Yoga takes a body that is already read from where Express puts it.
    return yoga(Object.assign(request, { body }), response);
  };
}

function isJson(contentType: string | undefined): boolean {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  return mediaType === 'application/json' || mediaType === 'application/graphql+json';
}
