import type { Clock } from '../domain/clock.ts';
import type { Report } from './events.ts';
import { statusFailure, unavailable } from './failures.ts';
import { createFairQueue } from './fair-queue.ts';
import { createGuardedCall } from './guarded-call.ts';
import type { HttpResponse } from './http-exchange.ts';
import {
  CLIENT_VARIABLES,
  type ClientCredentials,
  grantedToken,
  MAX_GRANT_BYTES,
  refusalOf,
  TOKEN_ROUTE,
  tokenRequest,
} from './token-request.ts';

/**
 * Whether the identity endpoint accepts the user name and the password. Neither is kept, reported or put in an error.
 * @throws UpstreamUnavailable, UpstreamTimeout or UpstreamInvalid if the password could not be checked.
 */
export type PasswordCheck = (username: string, password: string) => Promise<boolean>;

export interface PasswordCheckOptions {
  /** The OAuth token endpoint. */
  readonly identityUrl: string;
  readonly credentials: ClientCredentials;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly report: Report;
  /** Deadline of one check including its wait for a slot, in milliseconds. */
  readonly deadlineMs?: number;
  /** Maximum number of concurrent checks. */
  readonly concurrency?: number;
  /** Maximum number of checks that wait for a slot. Beyond it a check fails at once. */
  readonly maxWaiting?: number;
}

/**
 * Checks passwords with the OAuth password grant (RFC 6749, section 4.3) and the client of the gateway. It has calls,
 * slots and pauses of its own: a Retry-After for sign-ins does not delay the token of the Catalog API, nor the reverse.
 */
export function createPasswordCheck({
  identityUrl,
  credentials,
  clock,
  random,
  report,
  deadlineMs = 5000,
  concurrency = 8,
  maxWaiting = 64,
}: PasswordCheckOptions): PasswordCheck {
  const maxBodyBytes = concurrency * MAX_GRANT_BYTES;
  // One attempt: the endpoint may have counted a wrong password although its response was lost.
  const call = createGuardedCall({ deadlineMs, maxBodyBytes, clock, random, report, attempts: 1 });
  // Fair between user names: many attempts for one of them do not keep the others waiting.
  const queue = createFairQueue({ concurrency, maxWaiting, maxWaitingEach: maxWaiting });

  return async (username, password) => {
    // The endpoint may refuse an empty field as a malformed request, which would look like a wrong setting.
    if (username === '' || password === '') return false;
    // Without a scope: the tokens are dropped, so there is nothing to refresh.
    const request = tokenRequest(identityUrl, credentials, 'password', { username, password });
    return call(TOKEN_ROUTE, (send, signal) =>
      queue.run(username, signal, async () => isAccepted(await send(request))),
    );
  };

  function isAccepted(response: HttpResponse): boolean {
    // The token is dropped. It must be there: a maintenance page with status 200 signs nobody in.
    if (grantedToken(response, report) !== null) return true;
    const { status } = response;
    if (status < 400 || status > 499) throw statusFailure(status);
    if (status === 400 && refusalOf(response) === 'invalid_grant') return false;
    // Every other refusal concerns the gateway's client, and says nothing about the password.
    report({
      type: 'upstream-credentials-rejected',
      route: TOKEN_ROUTE,
      status,
      variables: CLIENT_VARIABLES,
    });
    throw unavailable(`the password check was rejected with status ${status}`);
  }
}
