import type { Reason } from './execution/plan/bail.ts';

/** What the HTTP layer reports. */
export type HttpEvent =
  | {
      /** Aborted: the client went away before its answer was sent. */
      readonly type: 'request' | 'request-aborted';
      readonly requestId: string;
      readonly method: string;
      /** Without the query string, which holds what a client searched for. */
      readonly path: string;
      readonly status: number;
      /** Whether the response cache had the answer. */
      readonly fromCache: boolean;
      readonly durationMs: number;
    }
  /** A delivery of change signals was refused. */
  | {
      readonly type: 'hook-refused';
      readonly requestId: string;
      readonly why: 'signature' | 'timestamp' | 'replay' | 'body' | 'not-acknowledged';
    }
  | { readonly type: 'internal-error'; readonly cause: unknown }
  /** An operation that is executed again was compiled. */
  | { readonly type: 'plan-made'; readonly fields: number }
  /** A compiled operation was executed by the reference executor after all. A fault is reported by itself too. */
  | {
      readonly type: 'plan-abandoned';
      readonly why: Reason | 'fault';
    };
