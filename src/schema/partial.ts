import { GraphQLError, type GraphQLResolveInfo, responsePathAsArray } from 'graphql';
import type { GatewayError } from '../domain/errors.ts';
import type { Context } from './builder.ts';

/**
 * Adds an error at the path of a field whose value stands. `info` is undefined in an execution plan, which leaves the
 * operation to the reference executor.
 * @throws the failure, without `info`.
 */
export function addFailure(
  { failures }: Pick<Context, 'failures'>,
  failure: GatewayError,
  info: GraphQLResolveInfo | undefined,
): void {
  if (!info) throw failure;
  const path = responsePathAsArray(info.path);
  failures.push(new GraphQLError(failure.message, { nodes: info.fieldNodes, path, originalError: failure }));
}
