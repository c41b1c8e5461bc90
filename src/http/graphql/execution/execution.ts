import type { GraphQLSchema } from 'graphql';
import { createYoga, type GraphQLParams, type Plugin } from 'graphql-yoga';
import type { ErrorCode } from '../../../domain/errors.ts';
import type { Read, Repository } from '../../../repository/index.ts';
import { type Context, createLoaders, publicSchema, schema } from '../../../schema/index.ts';
import type { HttpEvent } from '../../events.ts';
import type { MediaType } from '../../negotiation/accept.ts';
import type { GraphqlResponse } from '../../responses.ts';
import { createDocumentCache } from '../document-cache.ts';
import { maskError, useErrorCodes } from '../errors.ts';
import { type Limits, type PreparedOperations, useLimits } from '../limits/plugin.ts';
import { CompleteAnswer, useCompleteAnswers } from './complete-response.ts';
import { useChannel } from './use-channel.ts';
import { type Outcome, useGivenOutcome, useGivenParameters } from './use-given.ts';
import { usePlans } from './use-plans.ts';

export interface ExecutionOptions {
  readonly repository: Repository;
  readonly limits: Limits;
  /** Whether anybody may ask for the schema, and errors suggest names from it. Default true. */
  readonly introspection?: boolean;
  readonly report: (event: HttpEvent) => void;
}

/** What is known of a request once it is read. */
export interface Given {
  /** As the client sent them. Whether they are those of a GraphQL request is checked by the execution. */
  readonly parameters: unknown;
  readonly method: 'GET' | 'POST';
  readonly mediaType: MediaType;
  /** Whether the request has the admin token. */
  readonly operator: boolean;
  /** Whether it may see the operators' fields. */
  readonly fullSchema: boolean;
  readonly read: Read;
}

/** Never rejects for anything that is wrong with a request: that is an answer too. */
export type Execution = (given: Given) => Promise<GraphqlResponse>;

// Yoga wants a whole URL. It is never the client's own, whose Host header can be anything.
const YOGA_URL = 'http://gateway.invalid/graphql';

const OF_THE_BODY = /^content-(type|length)$/i;

/**
 * Executes requests by Yoga and its plugins. A complete answer leaves from there by a short road; any other goes on
 * through Yoga's HTTP layer, which knows the statuses and headers of errors and costs as much as all the rest.
 */
export function createExecution(options: ExecutionOptions): Execution {
  const { repository, limits, introspection = true, report } = options;
  const prepared: PreparedOperations = new WeakMap();
  const forPublic = createServer(publicSchema, !introspection, usePlans(publicSchema, prepared, report));
  const forOperators = createServer(schema, false);

  return async (given) => {
    const yoga = given.fullSchema ? forOperators : forPublic;
    const outcome = await execute(yoga, given);
    if ('result' in outcome && outcome.result instanceof CompleteAnswer) {
      return { status: 200, text: outcome.result.text, headers: {}, codes: [], complete: true };
    }
    const init = { method: given.method, headers: { accept: given.mediaType } };
    const codes = new Set<ErrorCode>();
    const response = await yoga.fetch(YOGA_URL, init, { ...given, outcome, codes });
    const headers = [...response.headers].filter(([name]) => !OF_THE_BODY.test(name));
    return {
      status: response.status,
      text: await response.text(),
      headers: Object.fromEntries(headers),
      codes: [...codes],
      complete: false,
    };
  };

  function createServer(shown: GraphQLSchema, hidesItself: boolean, ...plugins: Plugin[]) {
    return createYoga<Given & { outcome?: Outcome; codes?: Set<ErrorCode> }, Context>({
      schema: shown,
      graphqlEndpoint: new URL(YOGA_URL).pathname,
      context: ({ read, operator }) => ({
        loaders: createLoaders(repository, read),
        operations: repository.operations,
        operator,
      }),
      plugins: [
        useGivenParameters(),
        useGivenOutcome(),
        useLimits({
          limits,
          introspection: !hidesItself,
          suggestions: introspection,
          documents: createDocumentCache(),
          prepared,
        }),
        useErrorCodes(),
        useCompleteAnswers(),
        ...plugins,
        useChannel(),
      ],
      maskedErrors: { maskError: (error) => maskError(error, report) },
      // Documents are kept by their limits, once they are valid.
      parserAndValidationCache: false,
      // What Yoga would log is reported; the rest of these are done in front of it, or not wanted.
      logging: false,
      graphiql: false,
      landingPage: false,
      cors: false,
      multipart: false,
      maxRequestBodySize: false,
    });
  }
}

/** The request through Yoga without its HTTP layer: parse, validate, execute, with all that plugins do to these. */
async function execute(
  { getResultForParams }: Pick<ReturnType<typeof createYoga<Given, Context>>, 'getResultForParams'>,
  given: Given,
): Promise<Outcome> {
  // All that plugins ask of a request at this stage is its method, and that it is another object every time.
  const request = { method: given.method } as Request;
  const params = given.parameters as GraphQLParams;
  try {
    return { result: await getResultForParams({ params, request }, { ...given }) };
  } catch (error) {
    return { error };
  }
}
