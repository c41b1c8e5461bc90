interface WithCommand extends Error {
  command?: unknown;
  /** Why the last queried node of a cluster could not list the nodes. */
  lastNodeError?: WithCommand;
}

/**
 * Removes the command that ioredis attaches to the error. Errors are logged, and the arguments of the command contain
 * values, tokens and, after a refused login, the password.
 */
export function withoutCommand(error: WithCommand): Error {
  delete error.command;
  if (error.lastNodeError) withoutCommand(error.lastNodeError);
  return error;
}
