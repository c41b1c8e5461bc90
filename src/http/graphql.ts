import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import { createYoga, type GraphQLParams, type Plugin } from 'graphql-yoga';
import type { Repository } from '../repository/index.ts';
import { type Context, createLoaders, OPERATOR_FIELDS, publicSchema, schema } from '../schema/index.ts';
import { negotiateMediaType } from './accept.ts';
import { createDocumentCaches } from './document-caches.ts';
import { maskError, useErrorCodes } from './errors.ts';
import type { HttpEvent } from './events.ts';
import { type Limits, useLimits } from './limits/plugin.ts';
import { isOperator } from './operator.ts';
import { readParameters } from './parameters.ts';
import { RequestRefused } from './refusal.ts';
import { sendError, sendText } from './responses.ts';

export interface GraphqlOptions {
  readonly repository: Repository;
  readonly limits: Limits;
  /** What operators send as a bearer token; null where there are no operations over HTTP. */
  readonly adminToken: string | null;
  readonly report: (event: HttpEvent) => void;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** What Yoga is handed of a request. */
interface Given {
  readonly parameters: unknown;
  readonly operator: boolean;
  readonly schema: GraphQLSchema;
}

export const GRAPHQL_PATH = '/graphql';

const NAMES_OPERATION = new RegExp(`\\b(${[...OPERATOR_FIELDS].join('|')})\\b`);
const ASKS_SCHEMA = /__(schema|type)\b/;

// Yoga wants a whole URL. It is never the client's own, whose Host header can be anything.
const YOGA_URL = `http://gateway.invalid${GRAPHQL_PATH}`;

/** GraphQL over HTTP, by https://graphql.github.io/graphql-over-http/. */
export function createGraphql({ repository, limits, adminToken, report }: GraphqlOptions): Handler {
  const yoga = createYoga<Given, Context>({
    schema: (given) => given.schema,
    graphqlEndpoint: GRAPHQL_PATH,
    context: ({ operator }) => ({
      loaders: createLoaders(repository),
      operations: repository.operations,
      operator,
    }),
    plugins: [useGivenParameters(), useLimits(limits), useErrorCodes()],
    maskedErrors: { maskError: (error) => maskError(error, report) },
    parserAndValidationCache: createDocumentCaches(),
    // What Yoga would log is reported; the rest of these are done in front of it, or not wanted.
    logging: false,
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    maxRequestBodySize: false,
  });

  /**
   * The schema that a request may see. Who names an operators' field is told that it is forbidden; who asks the schema
   * what there is, or guesses, does not hear of it. Without an admin token there are no such fields.
   */
  function schemaFor(operator: boolean, parameters: unknown): GraphQLSchema {
    if (operator) return schema;
    return adminToken !== null && namesOperation(parameters) ? schema : publicSchema;
  }

  return async (request, response) => {
    const mediaType = negotiateMediaType(request.headers);
    response.appendHeader('Vary', 'Accept');
    try {
      const parameters = await readParameters(request);
      const operator = isOperator(request.headers, adminToken);
      const answer = await yoga.fetch(
        YOGA_URL,
        { method: request.method ?? '', headers: { accept: mediaType } },
        { parameters, operator, schema: schemaFor(operator, parameters) },
      );
      sendText(response, answer.status, await answer.text(), Object.fromEntries(answer.headers));
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      const contentType = { 'Content-Type': `${mediaType}; charset=utf-8` };
      sendError(response, error.status, 'BAD_USER_INPUT', error.message, {
        ...contentType,
        ...error.headers,
      });
    }
  };
}

function namesOperation(parameters: unknown): boolean {
  const query = String((parameters as Partial<GraphQLParams> | null)?.query);
  return NAMES_OPERATION.test(query) && !ASKS_SCHEMA.test(query);
}

/** Lets Yoga take the parameters that were read in front of it for those of the request. */
function useGivenParameters(): Plugin<object, Given> {
  return {
    onRequestParse({ serverContext, setRequestParser }) {
      // Whether they are parameters at all is what Yoga checks next.
      setRequestParser(() => serverContext.parameters as GraphQLParams);
    },
  };
}
