import { type ASTNode, GraphQLError } from 'graphql';
import type { ErrorCode } from '../../../domain/errors.ts';
import { TOO_MANY_REQUESTS } from '../../auth/rate-limit-headers.ts';

/** An operation over a limit: 400, or 200 for clients that accept just JSON. The message goes to the client as it is. */
export function refusal(message: string, node?: ASTNode): GraphQLError {
  return new GraphQLError(message, {
    nodes: node,
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400, spec: true } },
  });
}

export function tooMuch(what: string, limit: number): GraphQLError {
  return refusal(`The operation ${what}. The limit is ${limit}.`);
}

/** A client without points: 429, with headers that say when it has some again (RFC 6585, 4). */
export function limitReached(headers: Readonly<Record<string, string>>): GraphQLError {
  return new GraphQLError(TOO_MANY_REQUESTS, {
    extensions: { code: 'RATE_LIMITED' satisfies ErrorCode, http: { status: 429, headers } },
  });
}
