import { type ASTNode, GraphQLError } from 'graphql';

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
