import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { ERROR_CODES, type ErrorCode, GatewayError, SellersMissing } from '../../domain/errors.ts';
import type { HttpEvent } from '../events.ts';
import { INTERNAL_MESSAGE } from '../responses.ts';
import { boundedErrors, MAX_REQUEST_ERRORS } from './bounded-errors.ts';

/**
 * The error boundary: the client gets the message and code of a GatewayError. Any other error becomes an internal error,
 * and its cause is reported.
 */
export function maskError(error: unknown, report: (event: HttpEvent) => void): GraphQLError {
  const cause = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  if (cause instanceof GatewayError) return located(error, cause.message, extensionsOf(cause));
  if (error instanceof GraphQLError && isOfRequest(error)) return error;
  report({ type: 'internal-error', cause });
  return located(error, INTERNAL_MESSAGE, { code: 'INTERNAL_SERVER_ERROR' });
}

const CODES: ReadonlySet<unknown> = new Set(ERROR_CODES);

/**
 * Gives every error a code of the gateway, and adds it to the request's `codes`. Errors of Yoga and graphql themselves are
 * faults of the input. Bounds the size of the errors, which may quote the request.
 */
export function useErrorCodes(): Plugin<object, { readonly codes?: Set<ErrorCode> }> {
  return {
    onResultProcess({ result, setResult, serverContext }) {
      if (Array.isArray(result) || !('errors' in result) || !result.errors) return;
      for (const error of result.errors) {
        adopt(error);
        serverContext.codes?.add(error.extensions.code as ErrorCode);
      }
      const errors = boundedErrors(result.errors, 'data' in result ? undefined : MAX_REQUEST_ERRORS);
      setResult({ ...result, errors });
    },
  };
}

function adopt(error: GraphQLError): void {
  const { extensions } = error;
  const { code } = extensions;
  // A message that quotes input may have been cut amid a character.
  if (!error.message.isWellFormed()) error.message = error.message.toWellFormed();
  if (CODES.has(code)) return;
  extensions.code = 'BAD_USER_INPUT' satisfies ErrorCode;
  // Variables that do not fit, which graphql alone leaves without a code. `spec` makes this 200 for clients that
  // accept just JSON, as the specification has it for a well-formed request that is refused.
  if (code === undefined) extensions.http = { status: 400, spec: true };
  // Yoga's word for parameters that are not well-formed, which are 400 for everybody, and for a mutation by GET.
  if (code === 'BAD_REQUEST') extensions.http = { ...extensions.http, spec: false };
}

// An error of graphql about a request has no path: arguments and variables are checked before the execution. An error at
// a path is about a resolver, for example null for a non-null field.
function isOfRequest({ path }: GraphQLError): boolean {
  return path === undefined;
}

interface ErrorExtensions {
  readonly code: ErrorCode;
  /** Whole seconds to wait before trying again, as in the field of HTTP (RFC 9110, section 10.2.3). */
  readonly retryAfter?: number;
  readonly missingSellers?: number;
}

function extensionsOf(error: GatewayError): ErrorExtensions {
  const { code, retryAfterMs } = error;
  return {
    code,
    ...(retryAfterMs !== undefined && { retryAfter: Math.ceil(retryAfterMs / 1000) }),
    ...(error instanceof SellersMissing && { missingSellers: error.missingSellers }),
  };
}

function located(error: unknown, message: string, extensions: ErrorExtensions): GraphQLError {
  if (error instanceof GraphQLError && error.path) {
    return new GraphQLError(message, { nodes: error.nodes, path: error.path, extensions: { ...extensions } });
  }
  return new GraphQLError(message, { extensions: { ...extensions, http: { status: 500 } } });
}
