import { GraphQLError } from 'graphql';
import type { ErrorCode } from '../../domain/errors.ts';

/** How many errors a request gets that is refused before it runs. */
export const MAX_REQUEST_ERRORS = 10;

// Room for the 200 errors of a whole page whose catalogs all fail.
const MAX_ERRORS_LENGTH = 64 * 1024;
const MAX_MESSAGE_LENGTH = 300;
const MAX_LOCATIONS = 5;

/** A message, which may quote a request, cut to 300 characters. */
export function boundedMessage(message: string): string {
  if (message.length <= MAX_MESSAGE_LENGTH) return message;
  // The cut may have split a surrogate pair.
  return `${message.slice(0, MAX_MESSAGE_LENGTH - 1).toWellFormed()}…`;
}

/** The first errors, no more than `max` and no longer than 64 KiB in JSON. How many are left out is an error too. */
export function boundedErrors(
  errors: readonly GraphQLError[],
  max: number = Number.POSITIVE_INFINITY,
): readonly GraphQLError[] {
  const kept: GraphQLError[] = [];
  let length = 0;
  for (const error of errors.slice(0, max)) {
    const short = boundedError(error);
    length += JSON.stringify(short).length;
    if (length > MAX_ERRORS_LENGTH) break;
    kept.push(short);
  }
  const leftOut = errors.length - kept.length;
  if (leftOut > 0) {
    const code = (errors[0]?.extensions.code ?? 'INTERNAL_SERVER_ERROR') as ErrorCode;
    kept.push(new GraphQLError(`${leftOut} more errors are omitted.`, { extensions: { code } }));
  }
  return kept;
}

function boundedError(error: GraphQLError): GraphQLError {
  const { message, locations = [], path, extensions } = error;
  if (message.length <= MAX_MESSAGE_LENGTH && locations.length <= MAX_LOCATIONS) return error;
  const { source, positions = [] } = error;
  return new GraphQLError(boundedMessage(message), {
    source,
    positions: positions.slice(0, MAX_LOCATIONS),
    path,
    extensions,
  });
}
