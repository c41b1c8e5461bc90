/** Spreads out the calls of work that nobody waits for. It paces whole lists page by page. */
export interface Pacer {
  /** Is waited for before each call, while that has neither a slot nor a deadline. What it throws, the call throws. */
  ready(): Promise<void>;
  /** A call is sent once more. That is not held up, for its deadline has begun: those after it wait for it. */
  note(): void;
}
