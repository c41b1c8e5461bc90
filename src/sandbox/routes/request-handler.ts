import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Controls } from '../controls.ts';
import { between } from '../data/random.ts';
import type { World } from '../world.ts';
import { ABOUT } from './about.ts';
import { catalogResponse } from './catalog-api.ts';
import { controlResponse } from './control.ts';
import { send } from './faults.ts';
import { readBody } from './request-body.ts';
import { methodNotAllowed, problem, type SandboxResponse } from './response.ts';
import { findRoute } from './route.ts';
import type { Tokens } from './tokens.ts';
import type { Traffic } from './traffic.ts';

export interface RequestHandlerOptions {
  readonly world: { readonly current: World };
  readonly controls: Controls;
  readonly traffic: Traffic;
  readonly tokens: Tokens;
  /** Aborted when the server closes: what waits then ends. */
  readonly closing: AbortSignal;
}

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Handles one request. Rejects if the client disconnects or the server closes meanwhile. */
export function createRequestHandler(options: RequestHandlerOptions): RequestHandler {
  const { world, controls, traffic, tokens, closing } = options;

  return async (request, response) => {
    const { method = '' } = request;
    const url = URL.parse(request.url ?? '', 'http://sandbox');
    const path = url?.pathname ?? '';
    if (path === '/' && method === 'GET') return send(response, ABOUT, 'none', closing);
    if (/^\/control(\/|$)/.test(path)) {
      const body = await readBody(request);
      return send(response, controlResponse(controls, { method, path, body }), 'none', closing);
    }

    const destination = findRoute(method, path);
    traffic.record(destination.kind === 'route' ? destination.route : 'other', request.socket);
    await wait();
    if (destination.kind === 'unknown') return send(response, problem(404), 'none', closing);
    if (destination.kind === 'wrong-method') {
      return send(response, methodNotAllowed([destination.allowed]), 'none', closing);
    }
    const { route, id } = destination;
    if (route === 'POST /connect/token') {
      const granted = tokens.grant(request.headers['content-type'], await readBody(request));
      return send(response, granted, 'none', closing);
    }
    const failed = failure();
    if (failed !== null) return send(response, failed, 'none', closing);
    const result = tokens.isValid(request.headers.authorization)
      ? catalogResponse(world.current, { route, id, query: url?.searchParams ?? [] })
      : problem(401, {}, { 'www-authenticate': 'Bearer' });
    return send(response, result, world.current.settings.fault, closing);
  };

  async function wait(): Promise<void> {
    const { settings, latency } = world.current;
    const ms = between(latency, settings.latencyMs.min, settings.latencyMs.max);
    if (ms > 0) await delay(ms, undefined, { signal: closing });
  }

  /** The response to a request that the error rate picks; null for any other request. */
  function failure(): SandboxResponse | null {
    const { settings, errors } = world.current;
    if (errors() >= settings.errorRate) return null;
    const saysWhen = settings.errorStatus === 429 || settings.errorStatus === 503;
    return problem(settings.errorStatus, {}, saysWhen ? { 'retry-after': '1' } : {});
  }
}
