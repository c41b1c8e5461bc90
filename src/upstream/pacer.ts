/**
 * Spreads out the calls of work that nobody waits for. It is told of each page of a list, and where requests may have
 * joined the reading of one, it counts the pages and holds none of them up.
 */
export interface Pacer {
  /** Is waited for before each call, while that has neither a slot nor a deadline. What it throws, the call throws. */
  ready(): Promise<void>;
  /** A call is made and not held up, as one that is sent once more, whose deadline has begun: those after it wait for it. */
  note(): void;
  /** Whether its lists may take as long as the pace has them take. Default: a list has a time limit. */
  readonly unhurried?: boolean;
}
