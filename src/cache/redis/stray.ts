const CLIENT = /[\\/]node_modules[\\/](ioredis|redis-errors|standard-as-callback)[\\/]/;

/**
 * Whether an error that nobody handles was thrown by the Redis client library itself: the first file that its stack
 * names is one of the library. An error of a listener of ours, which the library calls, is not.
 */
export function isFromRedisClient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const frames = String(error.stack)
    .split('\n')
    .filter((line) => /^\s+at .*[\\/]/.test(line));
  return CLIENT.test(frames.find((line) => !line.includes('node:')) ?? '');
}
