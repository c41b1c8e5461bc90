/** What tracing reports of itself: once a change, whatever the number of failures. */
export type TracingEvent =
  /** The collector takes no spans; `reason` names no address. */
  { readonly type: 'traces-lost'; readonly reason: string } | { readonly type: 'traces-taken' };
