import { type Report, redisClientError } from '../cache/index.ts';

/**
 * Handles errors that nothing else catches. An error of the Redis client library is reported as `store-client-failed`,
 * and the process continues: the gateway works without Redis, and the cache checks its connections by itself. Any other
 * error ends the process with exit code 1 and one line on stderr, because the state of the process is unknown.
 */
export function handleStrayErrors(name: string, report: Report): void {
  process.on('uncaughtException', (error: unknown) => {
    const cause = redisClientError(error);
    if (cause) {
      report({ type: 'store-client-failed', cause });
      return;
    }
    process.stderr.write(`${name} stops after an internal error: ${lineOf(error)}\n`, () => process.exit(1));
    // In case nobody reads stderr any more.
    setTimeout(() => process.exit(1), 1000).unref();
  });
}

/** The message and its place in the source, in one line. */
function lineOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 500);
  const [, place = ''] = /^\s+(at .*)$/m.exec(String(error.stack)) ?? [];
  return `${error.name}: ${error.message} ${place}`.replaceAll(/\s+/g, ' ').slice(0, 500);
}
