import { bulkhead } from 'cockatiel';
import type { Report, Route } from './events.ts';
import { statusFailure } from './failures.ts';
import type { GuardedCall, Send } from './guarded-call.ts';
import type { HttpAnswer } from './http-exchange.ts';
import { readJson } from './json.ts';
import type { Pacer } from './pacer.ts';
import { CREDENTIAL_VARIABLES, type Tokens } from './token.ts';

/** Calls that may wait for a slot. Beyond it the upstream is so far behind that a new call is better told so. */
const MAX_WAITING_CALLS = 1000;

export interface RestClient {
  /** What `read` makes of the body of `url`. Throws a GatewayError. Default: nothing paces it. */
  get<T>(route: Route, url: string, read: (body: unknown) => T, pacer?: Pacer): Promise<T>;
  /** The same, and null for an unknown thing (404). */
  find<T>(route: Route, url: string, read: (body: unknown) => T, pacer?: Pacer): Promise<T | null>;
}

export interface RestClientOptions {
  readonly call: GuardedCall;
  readonly tokens: Tokens;
  /** How many calls may be under way at once. */
  readonly concurrency: number;
  readonly report: Report;
}

/** GETs with the bearer token, with a cap on how many there are at once. */
export function createRestClient({ call, tokens, concurrency, report }: RestClientOptions): RestClient {
  const slots = bulkhead(concurrency, MAX_WAITING_CALLS);

  return {
    get: (route, url, read, pacer) => answerOf(route, url, (answer) => readOk(route, answer, read), pacer),
    find: (route, url, read, pacer) =>
      answerOf(route, url, (answer) => (answer.status === 404 ? null : readOk(route, answer, read)), pacer),
  };

  async function answerOf<T>(
    route: Route,
    url: string,
    read: (answer: HttpAnswer) => T,
    pacer?: Pacer,
  ): Promise<T> {
    let refused = false;
    let sent = 0;
    // Before the call: who waits here has no slot that a request could have, and time enough once it has begun.
    await pacer?.ready();

    // The slot is held for an attempt and not for the call: who sleeps before the next one is in nobody's way.
    return call(route, (send, signal) => slots.execute(async () => read(await authorized(send)), signal));

    async function authorized(send: Send): Promise<HttpAnswer> {
      const token = await tokens.current();
      sent += 1;
      if (sent > 1) pacer?.note();
      const answer = await send(withToken(url, token));
      if (answer.status === 401 && !refused) {
        refused = true;
        tokens.drop(token);
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
