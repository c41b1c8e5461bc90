import type { ExecutionResult, GraphQLSchema } from 'graphql';
import { createYoga, type GraphQLParams, type Plugin } from 'graphql-yoga';
import type { ErrorCode } from '../../../domain/errors.ts';
import type { Principal } from '../../../domain/principal.ts';
import type { Read, Repository } from '../../../repository/index.ts';
import { type Context, createLoaders, publicSchema, schema } from '../../../schema/index.ts';
import type { Charge } from '../../auth/admission.ts';
import type { HttpEvent } from '../../events.ts';
import type { MediaType } from '../../negotiation/representation.ts';
import type { GraphqlResponse } from '../../responses.ts';
import { createDocumentCache } from '../document-cache.ts';
import { maskError, useErrorCodes } from '../errors.ts';
import { type Limits, type PreparedOperations, useLimits } from '../limits/plugin.ts';
import { CompleteResponse, useCompleteResponses } from './complete-response.ts';
import { useChannel } from './use-channel.ts';
import { useFailures } from './use-failures.ts';
import { usePlans } from './use-plans.ts';

export interface ExecutionOptions {
  readonly repository: Repository;
  readonly limits: Limits;
  /** Whether clients may introspect the schema, and errors suggest names from it. Default true. */
  readonly introspection?: boolean;
  readonly report: (event: HttpEvent) => void;
}

export interface ExecutionRequest {
  /** As the client sent them. The execution checks whether they are valid GraphQL parameters. */
  readonly parameters: unknown;
  readonly method: 'GET' | 'POST';
  readonly mediaType: MediaType;
  /** Whether the request has the admin token. */
  readonly operator: boolean;
  /** Whether it may see the fields of operators. */
  readonly fullSchema: boolean;
  /** Who asks; null for nobody, and where the response is for everybody. */
  readonly viewer: Principal | null;
  /** Null without a limit of the client. */
  readonly charge: Charge | null;
  readonly read: Read;
}

/** Resolves for any fault of a request: that is a response too. */
export type Execution = (request: ExecutionRequest) => Promise<GraphqlResponse>;

/** The result of an execution without Yoga's HTTP layer, or the error that prevented it. */
type ExecutionOutcome =
  | { readonly result: ExecutionResult | AsyncIterable<ExecutionResult> | undefined }
  | { readonly error: unknown };

interface ServerContext extends ExecutionRequest {
  readonly outcome?: ExecutionOutcome;
  readonly codes?: Set<ErrorCode>;
}

// Yoga needs a whole URL. It is never the client's own, whose Host header can be anything.
const YOGA_URL = 'http://gateway.invalid/graphql';

const BODY_HEADERS = /^content-(type|length)$/i;

/**
 * Executes requests with Yoga and its plugins. A complete response is returned at once. Any other passes through Yoga's
 * HTTP layer, which knows the statuses and headers of errors and costs as much as all the rest.
 */
export function createExecution(options: ExecutionOptions): Execution {
  const { repository, limits, introspection = true, report } = options;
  const prepared: PreparedOperations = new WeakMap();
  const forPublic = createServer(publicSchema, !introspection, usePlans(publicSchema, prepared, report));
  const forOperators = createServer(schema, false);

  return async (request) => {
    const yoga = request.fullSchema ? forOperators : forPublic;
    const outcome = await execute(yoga, request);
    if ('result' in outcome && outcome.result instanceof CompleteResponse) {
      return { status: 200, text: outcome.result.text, headers: {}, codes: [], complete: true };
    }
    const init = { method: request.method, headers: { accept: request.mediaType } };
    const codes = new Set<ErrorCode>();
    const response = await yoga.fetch(YOGA_URL, init, { ...request, outcome, codes });
    const headers = [...response.headers].filter(([name]) => !BODY_HEADERS.test(name));
    return {
      status: response.status,
      text: await response.text(),
      headers: Object.fromEntries(headers),
      codes: [...codes],
      complete: false,
    };
  };

  function createServer(shown: GraphQLSchema, hidesItself: boolean, ...plugins: Plugin[]) {
    return createYoga<ServerContext, Context>({
      schema: shown,
      graphqlEndpoint: new URL(YOGA_URL).pathname,
      context: ({ read, operator, viewer }) => ({
        loaders: createLoaders(repository, read),
        operations: repository.operations,
        operator,
        viewer,
        failures: [],
      }),
      plugins: [
        usePreparedRequest(),
        useLimits({
          limits,
          introspection: !hidesItself,
          suggestions: introspection,
          documents: createDocumentCache(),
          prepared,
        }),
        useErrorCodes(),
        useFailures(),
        useCompleteResponses(),
        ...plugins,
        useChannel(),
      ],
      maskedErrors: { maskError: (error) => maskError(error, report) },
      // The document cache of the limits keeps valid documents.
      parserAndValidationCache: false,
      // Yoga's log lines are reported as events. The other features are handled in front of Yoga, or unused.
      logging: false,
      graphiql: false,
      landingPage: false,
      cors: false,
      multipart: false,
      maxRequestBodySize: false,
    });
  }
}

/** Passes a request through Yoga without its HTTP layer: parse, validate and execute, with all plugins. */
async function execute(
  {
    getResultForParams,
  }: Pick<ReturnType<typeof createYoga<ExecutionRequest, Context>>, 'getResultForParams'>,
  executionRequest: ExecutionRequest,
): Promise<ExecutionOutcome> {
  // Plugins need only the method at this stage, and a new object for each request.
  const request = { method: executionRequest.method } as Request;
  const params = executionRequest.parameters as GraphQLParams;
  try {
    return { result: await getResultForParams({ params, request }, { ...executionRequest }) };
  } catch (error) {
    return { error };
  }
}

/** Gives Yoga's HTTP layer the parameters, which were read in front of it, and the outcome of the execution. */
function usePreparedRequest(): Plugin<{ readonly outcome?: ExecutionOutcome }, ServerContext> {
  return {
    onRequestParse({ serverContext, setRequestParser }) {
      // Yoga checks next whether they are parameters at all.
      setRequestParser(() => serverContext.parameters as GraphQLParams);
    },
    onParams({ context: { outcome }, setResult }) {
      if (!outcome) return;
      if ('error' in outcome) throw outcome.error;
      if (outcome.result) setResult(outcome.result);
    },
  };
}
