/**
 * Why there is no plan, or a plan gives up: an operation that none is made for, arguments that do not fit, a resolver
 * that failed, or a value that its field cannot have.
 */
export type Reason = 'operation' | 'arguments' | 'resolver' | 'value';

/** Leaves an operation to the reference executor. A client never sees it. */
export class Bail extends Error {
  override name = 'Bail' as const;
  readonly why: Reason;

  constructor(why: Reason) {
    super(`execution plan not possible: ${why}`);
    this.why = why;
  }
}
