import {
  CatalogsUnreadable,
  UpstreamInvalid,
  UpstreamRejected,
  UpstreamTimeout,
  UpstreamUnavailable,
} from '../domain/errors.ts';

// Each function takes the reason for operators. The reason is always a text of this code: messages of the HTTP client,
// the JSON parser or the upstream can quote an address, a header or a payload.

/** `retryAfterMs` is the pause that the upstream asked for; 0 for none. */
export function unavailable(reason: string, retryAfterMs = 0): UpstreamUnavailable {
  return new UpstreamUnavailable('The catalog service is not available.', {
    cause: new Error(reason),
    ...(retryAfterMs > 0 && { retryAfterMs }),
  });
}

export function timedOut(reason: string): UpstreamTimeout {
  return new UpstreamTimeout('The catalog service timed out.', { cause: new Error(reason) });
}

export function rejected(reason: string): UpstreamRejected {
  return new UpstreamRejected('The catalog service refused the request.', { cause: new Error(reason) });
}

const INVALID_MESSAGE = 'The catalog service sent an invalid response.';

export function invalid(reason: string): UpstreamInvalid {
  return new UpstreamInvalid(INVALID_MESSAGE, { cause: new Error(reason) });
}

export function unreadableCatalogs(): CatalogsUnreadable {
  return new CatalogsUnreadable(INVALID_MESSAGE, {
    cause: new Error('the response has no readable catalog of the seller'),
  });
}

/** The failure for a final status other than 2xx. */
export function statusFailure(status: number): UpstreamUnavailable | UpstreamRejected | UpstreamInvalid {
  const reason = `status ${status}`;
  if (status === 429 || status >= 500) return unavailable(reason);
  if (status >= 400) return rejected(reason);
  return invalid(reason);
}
