/**
 * Limits the calls of background work per second. It is called for each page of a list. If requests may have joined the load
 * of a list, it counts the pages without delaying them.
 */
export interface RateLimit {
  /** Awaited before each call, before the call has a slot or a deadline. If it rejects, the call rejects. */
  acquire(): Promise<void>;
  /** Counts a call without delaying it, such as a repeated request whose deadline has begun: later calls wait longer. */
  record(): void;
  /** Whether its lists have no time limit, because the rate limit determines their duration. Default: a list has a time limit. */
  readonly noTimeLimit?: boolean;
}
