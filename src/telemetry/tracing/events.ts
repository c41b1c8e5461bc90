/** Events of tracing itself: one per state change, whatever the number of failures. */
export type TracingEvent =
  /** The collector rejects spans or is unreachable; `reason` never contains an address. */
  { readonly type: 'traces-lost'; readonly reason: string } | { readonly type: 'traces-taken' };
