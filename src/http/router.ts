import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import type { Clock } from '../domain/clock.ts';
import { CHALLENGE, type Identify } from './auth/identity.ts';
import { isNavigation, redirectToSignIn } from './auth/sign-in-redirect.ts';
import { createBodyReader } from './bodies.ts';
import { type HttpEvent, type RequestContext, requestChannel } from './events.ts';
import type { Exchange } from './exchange.ts';
import { createGraphiql } from './graphql/graphiql.ts';
import type { GraphqlHandler } from './graphql/handler.ts';
import { PATHS } from './paths.ts';
import { RequestRefused } from './refusal.ts';
import { clientNameOf, createRequestIds, readTarget } from './request-head.ts';
import { sendError, sendInternalError, sendJson } from './responses.ts';
import { createRouteTable, nameOfRoute, type Route, refusalOf, serveRoute } from './route.ts';

export interface RouterOptions {
  readonly serveGraphql: GraphqlHandler;
  /** Null if nobody signs in. */
  readonly auth: RouterAuth | null;
  readonly graphiql: boolean;
  /** Origins whose pages may read responses. */
  readonly corsOrigins: readonly string[];
  /** The body of `/readyz`, and whether the gateway is ready. */
  readonly readiness: () => { readonly ready: boolean } & Readonly<Record<string, unknown>>;
  /** The routes beside GraphQL, health and readiness. */
  readonly routes: readonly Route[];
  readonly clock: Clock;
  readonly report: (event: HttpEvent) => void;
}

/** What the pages beside GraphQL need to know of authentication. */
interface RouterAuth {
  readonly identify: Identify;
  readonly required: boolean;
  /** Whether there is a page to sign in. */
  readonly hasSignIn: boolean;
}

/** Routes each request by its path. */
export function createRouter(
  options: RouterOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { serveGraphql, graphiql, corsOrigins, readiness, routes, clock, report } = options;
  const routeOf = createRouteTable(routes);
  const requestIdOf = createRequestIds();
  const bodies = createBodyReader({ clock });
  const signIn = routeOf(PATHS.signIn) !== undefined;
  const { page: serveGraphiql, docs: serveDocs } = graphiql ? createGraphiql({ signIn }) : {};
  const allowOrigins = corsOrigins.length > 0 ? createCors(corsOrigins, false) : undefined;
  const allowCredentials = allowOrigins && options.auth ? createCors(corsOrigins, true) : allowOrigins;

  return (request, response) => {
    const requestId = requestIdOf(request);
    const target = readTarget(request);
    const { path, query } = target ?? MALFORMED;
    const exchange: Exchange = {
      request,
      response,
      requestId,
      path,
      query,
      bodies,
      beganAt: clock.monotonic(),
      route: null,
      outcome: 'page',
      answeredAt: null,
      codes: [],
      operation: null,
      staleMs: 0,
      callsAvoided: 0,
    };
    const { headers, method = '' } = request;
    const context: RequestContext = { requestId, method, path, headers };
    // The event arrives in the context of whatever work closed the response, which may be another request's.
    response.on('close', () => reportEnd(exchange, context));
    const work = () => requestChannel.start.runStores(context, begin, undefined, exchange);
    const allow = WITH_CREDENTIALS.has(path) ? allowCredentials : allowOrigins;
    if (allow) allow(request, response, work);
    else work();
  };

  /** A tick later, the parser has added a body that came in one packet with the head: nobody waits for it then. */
  function begin(exchange: Exchange): void {
    if (exchange.request.method === 'POST') process.nextTick(route, exchange);
    else route(exchange);
  }

  function route(exchange: Exchange): void {
    const { path, request, response } = exchange;
    const isGraphql = path === PATHS.graphql && !(serveGraphiql && isNavigation(request));
    if (isGraphql) exchange.route = path;
    (isGraphql ? serveGraphql(exchange) : servePage(exchange)).catch((cause: unknown) => {
      report({ type: 'internal-error', cause });
      exchange.codes = ['INTERNAL_SERVER_ERROR'];
      if (response.headersSent) response.destroy();
      else sendInternalError(response);
    });
  }

  async function servePage(exchange: Exchange): Promise<void> {
    const { path, request, response, requestId } = exchange;
    response.setHeader('X-Request-Id', requestId);
    if (path === '*') return void response.writeHead(204, { Allow: 'GET, HEAD, POST, OPTIONS' }).end();
    if (path === '')
      return sendError(
        response,
        400,
        'BAD_USER_INPUT',
        'The request target or the Host header is malformed.',
        {
          Connection: 'close',
        },
      );
    const route = routeOf(path);
    if (route) {
      exchange.route = nameOfRoute(route);
      return serveRoute(route, exchange);
    }
    exchange.route = path;
    if (PAGES.has(path) && !(await mayOpen(exchange))) return;
    switch (path) {
      case PATHS.graphql:
        return serveGraphiql?.(request, response);
      case PATHS.docs:
        if (!serveDocs) break;
        return serveDocs(request, response);
      case PATHS.health:
        return sendJson(response, 200, { status: 'alive' });
      case PATHS.readiness: {
        const state = readiness();
        return sendJson(response, state.ready ? 200 : 503, state);
      }
      case PATHS.home:
        if (!serveGraphiql) break;
        response.writeHead(302, { Location: PATHS.graphql }).end();
        return;
    }
    exchange.route = null;
    return sendError(response, 404, 'BAD_USER_INPUT', `Not found. GraphQL is at ${PATHS.graphql}.`);
  }

  /** Whether the sender may open the pages of GraphiQL. Otherwise the response is sent. */
  async function mayOpen({ request, response }: Exchange): Promise<boolean> {
    const { auth } = options;
    if (!auth?.required) return true;
    try {
      if ((await auth.identify(request)).principal) return true;
      throw new RequestRefused(401, 'Sign in to open this page.', SIGN_IN);
    } catch (error) {
      const { status, code, message, headers } = refusalOf(error);
      if (auth.hasSignIn && isNavigation(request)) redirectToSignIn(request, response);
      else sendError(response, status, code, message, headers);
      return false;
    }
  }

  function reportEnd(exchange: Exchange, context: RequestContext): void {
    const { request, response, requestId, path, outcome, answeredAt } = exchange;
    // A live response usually ends because its client leaves.
    const isAnswered = response.writableFinished || answeredAt !== null;
    context.ended = {
      type: isAnswered ? 'request' : 'request-aborted',
      requestId,
      method: request.method ?? '',
      path,
      route: exchange.route,
      status: response.statusCode,
      fromCache: outcome === 'hit' || outcome === 'stale',
      operation: exchange.operation,
      outcome,
      codes: exchange.codes,
      client: clientNameOf(request.headers),
      staleMs: exchange.staleMs,
      callsAvoided: exchange.callsAvoided,
      durationMs: (answeredAt ?? clock.monotonic()) - exchange.beganAt,
    };
    requestChannel.asyncEnd.runStores(context, report, undefined, context.ended);
  }
}

// No valid path is empty.
const MALFORMED = { path: '', query: '' };

const SIGN_IN = { code: 'UNAUTHENTICATED', headers: CHALLENGE } as const;
const PAGES: ReadonlySet<string> = new Set([PATHS.home, PATHS.graphql, PATHS.docs]);

/** The paths to which pages of other origins may send credentials. */
const WITH_CREDENTIALS: ReadonlySet<string> = new Set([PATHS.graphql, PATHS.session]);

function createCors(origins: readonly string[], credentials: boolean) {
  return cors({
    origin: [...origins],
    methods: credentials ? ['GET', 'POST', 'DELETE'] : ['GET', 'POST'],
    credentials,
    exposedHeaders: [
      ...['X-Request-Id', 'ETag', 'Age', 'Cache-Status'],
      ...['Retry-After', 'RateLimit', 'RateLimit-Policy'],
    ],
    maxAge: 600,
  });
}
