import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { type ErrorCode, GatewayError } from '../domain/errors.ts';
import type { HttpEvent } from './events.ts';

/** All that a client learns of a fault of ours. */
export const INTERNAL_MESSAGE = 'Something went wrong on our side.';

/**
 * The error boundary: whatever a resolver threw, the client sees the message and code of a GatewayError, or that
 * something went wrong and no more. What went wrong is reported.
 */
export function maskError(error: unknown, report: (event: HttpEvent) => void): GraphQLError {
  const cause = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  if (cause instanceof GatewayError) return located(error, cause.message, cause.code);
  if (cause instanceof GraphQLError && !isInvariant(cause)) return cause;
  report({ type: 'internal-error', cause });
  return located(error, INTERNAL_MESSAGE, 'INTERNAL_SERVER_ERROR');
}

const CODES: ReadonlySet<unknown> = new Set<ErrorCode>([
  'BAD_USER_INPUT',
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_REJECTED',
  'UPSTREAM_INVALID',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'INTERNAL_SERVER_ERROR',
]);

/** Gives every error a code of ours: what Yoga and graphql refuse by themselves is the client's input. */
export function useErrorCodes(): Plugin {
  return {
    onResultProcess({ result }) {
      for (const single of Array.isArray(result) ? result : [result]) {
        for (const error of 'errors' in single ? (single.errors ?? []) : []) {
          if (!CODES.has(error.extensions.code)) error.extensions.code = 'BAD_USER_INPUT';
        }
      }
    },
  };
}

// graphql itself complains at a path only of what resolvers gave it, such as null where there must be a value.
function isInvariant(error: GraphQLError): boolean {
  return error.path !== undefined && error.extensions.code === undefined;
}

function located(error: unknown, message: string, code: ErrorCode): GraphQLError {
  const at = error instanceof GraphQLError ? { nodes: error.nodes, path: error.path } : {};
  return new GraphQLError(message, { ...at, extensions: { code } });
}
