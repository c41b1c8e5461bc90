/** A request that does not become GraphQL. The message goes to the client as it is. */
export class RequestRefused extends Error {
  override name = 'RequestRefused' as const;
  readonly status: 400 | 405 | 413 | 415;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: RequestRefused['status'],
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}
