import type { Report, Route } from './events.ts';
import { statusFailure } from './failures.ts';
import { createFairQueue, type Requester } from './fair-queue.ts';
import type { GuardedCall, Send } from './guarded-call.ts';
import type { HttpResponse } from './http-exchange.ts';
import { readJson } from './json.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Tokens } from './token.ts';
import { CREDENTIAL_VARIABLES } from './token-request.ts';

/** Maximum number of calls that wait for a slot. Beyond it a new call would wait too long, so it fails at once. */
const MAX_WAITING_CALLS = 1000;
/** Maximum per request: an operation with 50 lists of several pages each stays well below. */
const MAX_WAITING_CALLS_EACH = 500;

/** The requester of a call, and its bounds beside those of the client. */
export interface CallOptions {
  /** Default: background work, which is served after all requests. */
  readonly requester?: Requester | undefined;
  /** Default: no delay. */
  readonly rateLimit?: RateLimit | undefined;
  /** Bytes left for the bodies of several calls together. Default: each body may have the maximum. */
  readonly allowance?: { leftBytes: number };
}

export interface RestClient {
  /** Gets `url` and parses its body with `read`. Throws a GatewayError. */
  get<T>(route: Route, url: string, read: (body: unknown) => T, options?: CallOptions): Promise<T>;
  /** The same, but null for 404. */
  find<T>(route: Route, url: string, read: (body: unknown) => T, options?: CallOptions): Promise<T | null>;
}

export interface RestClientOptions {
  readonly call: GuardedCall;
  readonly tokens: Tokens;
  /** Maximum number of concurrent calls. */
  readonly concurrency: number;
  /** Maximum length of a response body, in bytes. */
  readonly maxBodyBytes: number;
  readonly report: Report;
}

/** Sends GET requests with the bearer token, with bounded concurrency. */
export function createRestClient(options: RestClientOptions): RestClient {
  const { call, tokens, concurrency, maxBodyBytes, report } = options;
  const queue = createFairQueue({
    concurrency,
    maxWaiting: MAX_WAITING_CALLS,
    maxWaitingEach: MAX_WAITING_CALLS_EACH,
  });

  return {
    get: (route, url, read, callOptions) =>
      request(route, url, (response) => readOk(route, response, read), callOptions),
    find: (route, url, read, callOptions) =>
      request(
        route,
        url,
        (response) => (response.status === 404 ? null : readOk(route, response, read)),
        callOptions,
      ),
  };

  async function request<T>(
    route: Route,
    url: string,
    read: (response: HttpResponse) => T,
    { requester, rateLimit, allowance = { leftBytes: Number.POSITIVE_INFINITY } }: CallOptions = {},
  ): Promise<T> {
    let refused = false;
    let sent = 0;
    // Wait before the call begins: a paced call must not occupy a slot, and its deadline must not run yet.
    await rateLimit?.acquire();

    // A slot is occupied per attempt, not per call: a call that waits for its retry must not block others.
    return call(route, (send, signal) =>
      queue.run(requester, signal, async () => read(await authorized(send))),
    );

    async function authorized(send: Send): Promise<HttpResponse> {
      const token = await tokens.current();
      sent += 1;
      if (sent > 1) rateLimit?.record();
      const maxBytes = Math.max(0, Math.min(maxBodyBytes, allowance.leftBytes));
      const response = await send({ ...withToken(url, token), maxBytes });
      allowance.leftBytes -= response.bytes;
      if (response.status === 401 && !refused && tokens.drop(token)) {
        refused = true;
        return authorized(send);
      }
      return response;
    }
  }

  function readOk<T>(route: Route, response: HttpResponse, read: (body: unknown) => T): T {
    const { status } = response;
    if (status === 401 || status === 403) {
      report({ type: 'upstream-credentials-rejected', route, status, variables: CREDENTIAL_VARIABLES });
    }
    if (status < 200 || status > 299) throw statusFailure(status);
    return readJson(route, response, read, report);
  }
}

function withToken(url: string, token: string) {
  return { method: 'GET', url, headers: { authorization: `Bearer ${token}` } } as const;
}
