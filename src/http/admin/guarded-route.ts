import { GatewayError } from '../../domain/errors.ts';
import type { Exchange } from '../exchange.ts';
import { RequestRefused } from '../refusal.ts';
import { sendError } from '../responses.ts';
import type { Route } from '../route.ts';
import type { AdminGuard } from './guard.ts';
import { checkSameOrigin } from './same-origin.ts';
import type { Scheme } from './token.ts';

/** A route for operators alone. What `serve` throws of RequestRefused and GatewayError goes to the client. */
export interface GuardedRoute extends Route {
  /** POST is what changes something, and is taken from our own pages and from programs only. */
  readonly method: 'GET' | 'POST';
}

const SCHEMES: readonly Scheme[] = ['Bearer', 'Basic'];

export function guardedRoute({ matches, method, serve }: GuardedRoute, guard: AdminGuard): Route {
  return {
    matches,
    async serve(exchange) {
      const { request, response, requestId } = exchange;
      try {
        const { headers } = request;
        if (guard.judge(headers, SCHEMES) !== 'right') await guard.refuse(headers, requestId, SCHEMES);
        checkMethod(exchange, method);
        if (method === 'POST') checkSameOrigin(headers);
        await serve(exchange);
      } catch (error) {
        if (response.headersSent) throw error;
        const { status, code, message, headers } = refusalOf(error);
        sendError(response, status, code, message, headers);
      }
    },
  };
}

function checkMethod({ request }: Exchange, method: GuardedRoute['method']): void {
  // Of an answer to HEAD node sends the head alone.
  if (request.method === method || (method === 'GET' && request.method === 'HEAD')) return;
  const allow = method === 'GET' ? 'GET, HEAD' : method;
  throw new RequestRefused(405, `This path accepts ${method} only.`, { headers: { Allow: allow } });
}

/** @throws the error itself if it is not a refusal: it is an internal error. */
function refusalOf(error: unknown): Pick<RequestRefused, 'status' | 'code' | 'message' | 'headers'> {
  if (error instanceof RequestRefused) return error;
  if (!(error instanceof GatewayError)) throw error;
  const { code, message } = error;
  if (code === 'BAD_USER_INPUT') return { status: 400, code, message, headers: {} };
  return { status: 503, code, message, headers: { 'Retry-After': '1' } };
}
