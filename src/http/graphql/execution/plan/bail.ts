import type { BailReason } from '../../../events.ts';

/** Leaves an operation to the reference executor. A client never sees it. */
export class Bail extends Error {
  override name = 'Bail' as const;
  readonly why: BailReason;

  constructor(why: BailReason) {
    super(`execution plan not possible: ${why}`);
    this.why = why;
  }
}
