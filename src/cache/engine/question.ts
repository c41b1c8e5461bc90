/** A question about generations, put before it is sent: its place among all that this process put, and when. */
export interface Question {
  readonly order: number;
  /** By the monotonic clock. */
  readonly at: number;
}
