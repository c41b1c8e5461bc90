import type { ExecutionResult, GraphQLSchema } from 'graphql';
import { createYoga, type GraphQLParams, type Plugin } from 'graphql-yoga';
import type { ErrorCode } from '../../../domain/errors.ts';
import type { Principal } from '../../../domain/principal.ts';
import type { Read, Repository } from '../../../repository/index.ts';
import { type Context, createLoaders, publicSchema, schema } from '../../../schema/index.ts';
import type { Charge } from '../../auth/admission.ts';
import { executionChannel, type HttpEvent } from '../../events.ts';
import type { MediaType } from '../../negotiation/representation.ts';
import type { GraphqlResponse } from '../../responses.ts';
import { createDocumentCache, type DocumentCache } from '../document-cache.ts';
import { maskError, useErrorCodes } from '../errors.ts';
import { type PreparedOperations, useLimits } from '../limits/plugin.ts';
import type { Limits } from '../limits/prepare.ts';
import { CompleteResponse, useCompleteResponses } from './complete-response.ts';
import { Bail } from './plan/bail.ts';
import { createPlans } from './plan/plan-cache.ts';
import { createPlannedOperations, type PlannedOperation } from './planned.ts';
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

export interface Execution {
  /** Resolves for any fault of a request: that is a response too. */
  execute(request: ExecutionRequest): Promise<GraphqlResponse>;
  /** The complete response, if the request is a trial and its reads could be answered at once; undefined for any other. */
  executeAtOnce(request: ExecutionRequest): GraphqlResponse | undefined;
}

/** The result of an execution without Yoga's HTTP layer, or the error that prevented it. */
type ExecutionOutcome =
  | { readonly result: ExecutionResult | AsyncIterable<ExecutionResult> | undefined }
  | { readonly error: unknown };

interface ServerContext extends ExecutionRequest {
  readonly context: Context;
  readonly outcome?: ExecutionOutcome;
  readonly codes?: Set<ErrorCode>;
}

// Yoga needs a whole URL. It is never the client's own, whose Host header can be anything.
const YOGA_URL = 'http://gateway.invalid/graphql';

const BODY_HEADERS = /^content-(type|length)$/i;

/**
 * Executes queries by compiled plans, if there is one and it completes. All unusual cases are left to Yoga and the reference
 * executor, so that errors are said in their words, and nulls go as far up as they let them. Those run in the same context,
 * whose loaders have by then all that the plan has read. So the resolvers of the schema's queries must read through loaders
 * alone.
 */
export function createExecution(options: ExecutionOptions): Execution {
  const { repository, limits, introspection = true, report } = options;
  const prepared: PreparedOperations = new WeakMap();
  const plans = createPlans(publicSchema, report);
  const documents = createDocumentCache();
  const plannedOf = createPlannedOperations({ schema: publicSchema, documents, plans, limits });
  const forPublic = createServer(
    publicSchema,
    documents,
    !introspection,
    usePlans(plans, prepared, onAbandoned),
  );
  const forOperators = createServer(schema, createDocumentCache(), false);

  return {
    async execute(request) {
      const context = contextOf(request);
      const planned = request.fullSchema ? undefined : plannedOf(request.parameters);
      // Yoga says what is refused.
      if (!planned || (await request.charge?.take(planned.cost.items))) return throughYoga(request, context);
      try {
        const { plan, variables, name } = planned;
        const run = async () => plan.run(context, variables);
        const isTraced = executionChannel.hasSubscribers;
        const bytes = await (isTraced ? executionChannel.tracePromise(run, { operation: name }) : run());
        report({ type: 'executed', by: 'planned' });
        return complete(bytes);
      } catch (cause) {
        onAbandoned(cause);
        return throughYoga({ ...request, charge: null }, context);
      }
    },
    executeAtOnce(request) {
      // A trace has the steps of an execution.
      if (request.fullSchema || executionChannel.hasSubscribers) return undefined;
      const planned = plannedOf(request.parameters);
      if (!planned || request.charge?.canTakeAtOnce(planned.cost.items) === false) return undefined;
      const bytes = runAtOnce(planned, request);
      if (!bytes) return undefined;
      request.charge?.takeAtOnce(planned.cost.items);
      report({ type: 'executed', by: 'at-once' });
      return complete(bytes);
    },
  };

  function contextOf({ read, operator, viewer }: ExecutionRequest): Context {
    return {
      loaders: createLoaders(repository, read),
      operations: repository.operations,
      ...{ operator, viewer },
      failures: [],
    };
  }

  /** Undefined if a read has to wait. A plan that fails does so again in the execution that follows, which reports it. */
  function runAtOnce({ plan, variables }: PlannedOperation, request: ExecutionRequest): Buffer | undefined {
    try {
      const bytes = plan.run(contextOf(request), variables);
      if (!(bytes instanceof Promise)) return bytes;
      bytes.catch(() => {});
    } catch {}
    return undefined;
  }

  function onAbandoned(cause: unknown): void {
    const isFault = !(cause instanceof Bail);
    if (isFault) report({ type: 'internal-error', cause });
    report({ type: 'plan-abandoned', why: isFault ? 'fault' : cause.why });
  }

  /**
   * Executes a request with Yoga and its plugins. A complete response is returned at once. Any other passes through Yoga's
   * HTTP layer, which knows the statuses and headers of errors and costs as much as all the rest.
   */
  async function throughYoga(request: ExecutionRequest, context: Context): Promise<GraphqlResponse> {
    const yoga = request.fullSchema ? forOperators : forPublic;
    const given = { ...request, context };
    const outcome = await execute(yoga, given);
    if ('result' in outcome && outcome.result instanceof CompleteResponse)
      return complete(outcome.result.bytes);
    const init = { method: request.method, headers: { accept: request.mediaType } };
    const codes = new Set<ErrorCode>();
    const response = await yoga.fetch(YOGA_URL, init, { ...given, outcome, codes });
    const headers = [...response.headers].filter(([name]) => !BODY_HEADERS.test(name));
    return {
      status: response.status,
      bytes: Buffer.from(await response.arrayBuffer()),
      headers: Object.fromEntries(headers),
      codes: [...codes],
      complete: false,
    };
  }

  function createServer(
    shown: GraphQLSchema,
    documents: DocumentCache,
    hidesItself: boolean,
    ...plugins: Plugin[]
  ) {
    return createYoga<ServerContext, Context>({
      schema: shown,
      graphqlEndpoint: new URL(YOGA_URL).pathname,
      context: ({ context }) => context,
      plugins: [
        usePreparedRequest(),
        useLimits({
          limits,
          introspection: !hidesItself,
          suggestions: introspection,
          documents,
          prepared,
        }),
        useErrorCodes(),
        useFailures(),
        useCompleteResponses(),
        ...plugins,
        useChannel((by) => report({ type: 'executed', by })),
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

function complete(bytes: Buffer): GraphqlResponse {
  return { status: 200, bytes, headers: {}, codes: [], complete: true };
}

/** Passes a request through Yoga without its HTTP layer: parse, validate and execute, with all plugins. */
async function execute(
  { getResultForParams }: Pick<ReturnType<typeof createYoga<ServerContext, Context>>, 'getResultForParams'>,
  executionRequest: ServerContext,
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
