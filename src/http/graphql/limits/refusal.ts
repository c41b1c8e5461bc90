import { type ASTNode, GraphQLError } from 'graphql';
import type { RateLimited } from '../../../domain/errors.ts';

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

/** A client without points: 429, and when it has some again (RFC 6585, 4). */
export function limitReached({ message, code, retryAfterMs = 1000 }: RateLimited): GraphQLError {
  const headers = { 'Retry-After': String(Math.ceil(retryAfterMs / 1000)) };
  return new GraphQLError(message, { extensions: { code, http: { status: 429, headers } } });
}
