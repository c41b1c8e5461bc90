import { GatewayError } from '../domain/errors.ts';
import type { Exchange } from './exchange.ts';
import { methodNotAllowed, RequestRefused } from './refusal.ts';
import { sendError } from './responses.ts';

type Head = Pick<Exchange, 'request' | 'response'>;

/** A path that is served beside GraphQL. `authorize` and `serve` may throw a RequestRefused or a GatewayError. */
export interface Route<E extends Head = Exchange> {
  /** Without a query string. A path that ends in a slash stands for all paths below it. */
  readonly path: string;
  /** The accepted methods. */
  readonly methods: readonly Method[];
  /** Runs before the method is checked: a client without credentials learns nothing about the path. */
  readonly authorize?: (exchange: E) => Promise<void>;
  readonly serve: (exchange: E) => Promise<void>;
}

type Method = 'GET' | 'HEAD' | 'POST' | 'DELETE';

/** Node sends only the head of a response to HEAD. */
export const GET = ['GET', 'HEAD'] as const;
export const POST = ['POST'] as const;

/** Finds the route of a path. */
export function createRouteTable(routes: readonly Route[]): (path: string) => Route | undefined {
  const byPath = new Map(routes.map((route) => [route.path, route]));
  const prefixes = routes.filter(({ path }) => path.endsWith('/'));
  return (path) =>
    path.endsWith('/')
      ? undefined
      : (byPath.get(path) ?? prefixes.find((route) => path.startsWith(route.path)));
}

/** The name of a route in traces: one for all paths below a prefix. */
export function nameOfRoute({ path }: Route): string {
  return path.endsWith('/') ? `${path}*` : path;
}

/** Authorizes the request, checks its method and serves it. The client gets the error that one of these throws. */
export async function serveRoute<E extends Head>(
  { methods, authorize, serve }: Route<E>,
  exchange: E,
): Promise<void> {
  const { request, response } = exchange;
  try {
    await authorize?.(exchange);
    if (!(methods as readonly unknown[]).includes(request.method)) throw methodNotAllowed(methods);
    await serve(exchange);
  } catch (error) {
    if (response.headersSent) throw error;
    const { status, code, message, headers } = refusalOf(error);
    sendError(response, status, code, message, headers);
  }
}

type Refusal = Pick<RequestRefused, 'status' | 'code' | 'message' | 'headers'>;

/** @throws the error itself if it is not a refusal: it is an internal error. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof RequestRefused) return error;
  if (!(error instanceof GatewayError)) throw error;
  const { code, message, retryAfterMs = 1000 } = error;
  if (code === 'BAD_USER_INPUT') return { status: 400, code, message, headers: {} };
  const headers = { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) };
  return { status: code === 'RATE_LIMITED' ? 429 : 503, code, message, headers };
}
