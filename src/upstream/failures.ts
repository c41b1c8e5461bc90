import {
  CatalogsUnreadable,
  UpstreamInvalid,
  UpstreamRejected,
  UpstreamTimeout,
  UpstreamUnavailable,
} from '../domain/errors.ts';

// Each takes the reason for operators. The reason is always a sentence of ours: what fetch, the JSON parser or the
// upstream itself says can quote an address, a header or a payload.

/** `retryAfterMs` is how long the upstream asked for a pause (Retry-After); 0 if it has not. */
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

/** What a final status other than 2xx means. */
export function statusFailure(status: number): UpstreamUnavailable | UpstreamRejected | UpstreamInvalid {
  const reason = `status ${status}`;
  if (status === 429 || status >= 500) return unavailable(reason);
  if (status >= 400) return rejected(reason);
  return invalid(reason);
}
