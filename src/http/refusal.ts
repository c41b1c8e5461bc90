import type { ErrorCode } from '../domain/errors.ts';

/** A request that does not become GraphQL. The message goes to the client as it is. */
export class RequestRefused extends Error {
  override name = 'RequestRefused' as const;
  readonly status: 200 | 400 | 401 | 403 | 405 | 406 | 408 | 413 | 415 | 429 | 501 | 503 | 504;
  readonly code: ErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: RequestRefused['status'],
    message: string,
    {
      code = 'BAD_USER_INPUT',
      headers = {},
    }: { readonly code?: ErrorCode; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The refusal of a request by a method that its path does not accept (RFC 9110, 15.5.6). `what` names the path. */
export function methodNotAllowed(allowed: readonly string[], what = 'This path'): RequestRefused {
  // British English: no comma before the last "and". Its data is loaded by the first one, not at the start.
  const names = new Intl.ListFormat('en-GB').format(allowed.filter((method) => method !== 'HEAD'));
  return new RequestRefused(405, `${what} accepts ${names} only.`, {
    headers: { Allow: allowed.join(', ') },
  });
}

/** The refusal of a request that a page of another site sends with the credentials of a browser. */
export function crossSite(): RequestRefused {
  return new RequestRefused(403, 'Cross-site requests are not allowed.', { code: 'FORBIDDEN' });
}
