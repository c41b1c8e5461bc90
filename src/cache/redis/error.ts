interface WithCommand extends Error {
  command?: unknown;
  /** Why the last node of a cluster that was asked could not say which nodes there are. */
  lastNodeError?: WithCommand;
}

/**
 * The error without the command that ioredis attaches to it: its arguments are values, tokens and, where Redis did
 * not let us in, the password, and errors come to be logged.
 */
export function withoutCommand(error: WithCommand): Error {
  delete error.command;
  if (error.lastNodeError) withoutCommand(error.lastNodeError);
  return error;
}
