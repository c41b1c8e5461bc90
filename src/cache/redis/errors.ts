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

const CLIENT = /[\\/]node_modules[\\/](ioredis|redis-errors|standard-as-callback)[\\/]/;

/**
 * The error without its command, if the Redis client library itself threw it outside of any command: the first file in
 * its stack belongs to the library. Null for every other error, including one of our own listeners that the library calls.
 */
export function redisClientError(error: unknown): Error | null {
  if (!(error instanceof Error)) return null;
  const frames = String(error.stack)
    .split('\n')
    .filter((line) => /^\s+at .*[\\/]/.test(line));
  const isFromClient = CLIENT.test(frames.find((line) => !line.includes('node:')) ?? '');
  return isFromClient ? withoutCommand(error) : null;
}
