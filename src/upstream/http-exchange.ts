import type { Route } from './events.ts';
import { TransientFailure } from './retry.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Runs one exchange with what surrounds it, such as a span of a trace: `work` takes the headers that go out with it
 * beside the request's own. What `work` throws has to come out again.
 */
export type AroundExchange = (
  call: { readonly route: Route; readonly method: string; readonly attempt: number },
  work: (headers: Readonly<Record<string, string>>) => Promise<HttpAnswer>,
) => Promise<HttpAnswer>;

/**
 * Sends one request and reads the whole answer, whatever its status: a body that is left unread costs the
 * connection. Throws TransientFailure where the connection fails or `signal` ends it, before or amid the answer.
 */
export async function exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const { method, url, headers, body } = request;
  try {
    const response = await fetch(url, {
      method,
      headers: { accept: 'application/json', ...headers },
      body: body ?? null,
      // A redirect is not in the contract, and following one could hand the credentials to another host.
      redirect: 'manual',
      signal,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    throw new TransientFailure(`connection failed: ${errorCode(error)}`);
  }
}

/** Such as ECONNREFUSED. The message stays behind: it can quote the address and the header that fetch choked on. */
function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause instanceof Error ? errorCode(error.cause) : error.name;
}
