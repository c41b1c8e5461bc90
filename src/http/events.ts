/** What the HTTP layer reports. */
export type HttpEvent =
  | {
      /** Aborted: the client went away before its answer was sent. */
      readonly type: 'request' | 'request-aborted';
      readonly requestId: string;
      readonly method: string;
      /** Without the query string, which holds what a client searched for. */
      readonly path: string;
      readonly status: number;
      readonly durationMs: number;
    }
  | { readonly type: 'internal-error'; readonly cause: unknown };
