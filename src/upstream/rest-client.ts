import type { Report, Route } from './events.ts';
import { statusFailure } from './failures.ts';
import { createFairQueue, type Requester } from './fair-queue.ts';
import type { GuardedCall, Send } from './guarded-call.ts';
import type { HttpAnswer } from './http-exchange.ts';
import { readJson } from './json.ts';
import type { Pacer } from './pacer.ts';
import { CREDENTIAL_VARIABLES, type Tokens } from './token.ts';

/** Calls that may wait for a slot. Beyond it the upstream is so far behind that a new call is better told so. */
const MAX_WAITING_CALLS = 1000;
/** Of one request: an operation of 50 lists with some pages each is well below it. */
const MAX_WAITING_CALLS_EACH = 500;

/** For whom a call is made, and what bounds it beside the client's own bounds. */
export interface CallOptions {
  /** Default: background work, which comes after all requests. */
  readonly requester?: Requester | undefined;
  /** Default: nothing paces it. */
  readonly pacer?: Pacer | undefined;
  /** What is left of the bytes that bodies of several calls may have together. Default: each may have the most. */
  readonly allowance?: { leftBytes: number };
}

export interface RestClient {
  /** What `read` makes of the body of `url`. Throws a GatewayError. */
  get<T>(route: Route, url: string, read: (body: unknown) => T, options?: CallOptions): Promise<T>;
  /** The same, and null for an unknown thing (404). */
  find<T>(route: Route, url: string, read: (body: unknown) => T, options?: CallOptions): Promise<T | null>;
}

export interface RestClientOptions {
  readonly call: GuardedCall;
  readonly tokens: Tokens;
  /** How many calls may be under way at once. */
  readonly concurrency: number;
  /** The longest body of a response, in bytes. */
  readonly maxBodyBytes: number;
  readonly report: Report;
}

/** GETs with the bearer token, with a cap on how many there are at once. */
export function createRestClient(options: RestClientOptions): RestClient {
  const { call, tokens, concurrency, maxBodyBytes, report } = options;
  const queue = createFairQueue({
    concurrency,
    maxWaiting: MAX_WAITING_CALLS,
    maxWaitingEach: MAX_WAITING_CALLS_EACH,
  });

  return {
    get: (route, url, read, callOptions) =>
      answerOf(route, url, (answer) => readOk(route, answer, read), callOptions),
    find: (route, url, read, callOptions) =>
      answerOf(
        route,
        url,
        (answer) => (answer.status === 404 ? null : readOk(route, answer, read)),
        callOptions,
      ),
  };

  async function answerOf<T>(
    route: Route,
    url: string,
    read: (answer: HttpAnswer) => T,
    { requester, pacer, allowance = { leftBytes: Number.POSITIVE_INFINITY } }: CallOptions = {},
  ): Promise<T> {
    let refused = false;
    let sent = 0;
    // Before the call: who waits here has no slot that a request could have, and time enough once it has begun.
    await pacer?.ready();

    // The slot is held for an attempt and not for the call: who sleeps before the next one is in nobody's way.
    return call(route, (send, signal) =>
      queue.run(requester, signal, async () => read(await authorized(send))),
    );

    async function authorized(send: Send): Promise<HttpAnswer> {
      const token = await tokens.current();
      sent += 1;
      if (sent > 1) pacer?.note();
      const maxBytes = Math.max(0, Math.min(maxBodyBytes, allowance.leftBytes));
      const answer = await send({ ...withToken(url, token), maxBytes });
      allowance.leftBytes -= answer.bytes;
      if (answer.status === 401 && !refused && tokens.drop(token)) {
        refused = true;
        return authorized(send);
      }
      return answer;
    }
  }

  function readOk<T>(route: Route, answer: HttpAnswer, read: (body: unknown) => T): T {
    const { status } = answer;
    if (status === 401 || status === 403) {
      report({ type: 'upstream-credentials-rejected', route, status, variables: CREDENTIAL_VARIABLES });
    }
    if (status < 200 || status > 299) throw statusFailure(status);
    return readJson(route, answer, read, report);
  }
}

function withToken(url: string, token: string) {
  return { method: 'GET', url, headers: { authorization: `Bearer ${token}` } } as const;
}
