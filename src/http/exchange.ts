import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorCode } from '../domain/errors.ts';
import type { BodyReader } from './bodies.ts';
import type { RequestOutcome } from './events.ts';

/** One request and its response, from the moment at which the head was read. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly path: string;
  /** The query of the URL, without its question mark. */
  readonly query: string;
  readonly bodies: BodyReader;
  /** By the monotonic clock. */
  readonly beganAt: number;
  /** The path of the route that serves it; null for an unknown path. */
  route: string | null;
  /** Recorded as it becomes known. It stays `page` for a request that is not GraphQL. */
  outcome: RequestOutcome;
  /** When a response began that goes on, by the monotonic clock; null for one that ends. */
  answeredAt: number | null;
  /** The codes of the response's errors, each once. */
  codes: readonly ErrorCode[];
  operation: string | null;
  staleMs: number;
  callsAvoided: number;
}
