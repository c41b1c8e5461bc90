import { isFromRedisClient, type Report, withoutCommand } from '../cache/index.ts';

/**
 * Sets what happens to an error that nobody handles. One of the Redis client library is reported as
 * `store-client-failed`, and the process goes on: Redis is a helper, and the state of its connections is checked by
 * `watchLiveness`. Every other one ends the process with exit code 1 and one line on stderr, as its state is unknown.
 */
export function handleStrayErrors(name: string, report: Report): void {
  process.on('uncaughtException', (error: unknown) => {
    if (isFromRedisClient(error)) {
      report({ type: 'store-client-failed', cause: withoutCommand(error as Error) });
      return;
    }
    process.stderr.write(`${name} ends after an internal error: ${lineOf(error)}\n`, () => process.exit(1));
    // Where nobody reads it any more.
    setTimeout(() => process.exit(1), 1000).unref();
  });
}

/** The message and where it came from, in one line. */
function lineOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 500);
  const [, place = ''] = /^\s+(at .*)$/m.exec(String(error.stack)) ?? [];
  return `${error.name}: ${error.message} ${place}`.replaceAll(/\s+/g, ' ').slice(0, 500);
}
