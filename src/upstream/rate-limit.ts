/**
 * Spreads out the calls of background work. It is called for each page of a list. If requests may have joined the load
 * of a list, it counts the pages without delaying them.
 */
export interface Pacer {
  /** Awaited before each call, before the call has a slot or a deadline. If it rejects, the call rejects. */
  ready(): Promise<void>;
  /** Counts a call without delaying it, such as a repeated request whose deadline has begun: later calls wait longer. */
  note(): void;
  /** Whether its lists have no time limit, because the pacer determines their duration. Default: a list has a time limit. */
  readonly unhurried?: boolean;
}
