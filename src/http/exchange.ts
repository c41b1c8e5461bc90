import type { IncomingMessage, ServerResponse } from 'node:http';

/** One request and its answer, from when its head was read. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly path: string;
  /** By the monotonic clock. */
  readonly beganAt: number;
  /** Whether the response cache had the answer. */
  fromCache: boolean;
}
