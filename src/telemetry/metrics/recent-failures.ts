import type { HttpEvent, RequestOutcome } from '../../http/events.ts';
import type { ObservedFailure } from './stats-snapshot.ts';

type Answered = Extract<HttpEvent, { readonly outcome: RequestOutcome }>;

const MAX_FAILURES = 50;
// Clients choose names, so their length is bounded.
const MAX_CHARACTERS = 100;

/** The latest failed GraphQL requests, which explain the failure counts. */
export function createRecentFailures(clock: { now(): number }) {
  const failures: ObservedFailure[] = [];
  return {
    note({ requestId, operation, status, codes, client }: Answered): void {
      failures.unshift({
        at: clock.now(),
        requestId,
        operation: operation?.slice(0, MAX_CHARACTERS).toWellFormed() ?? null,
        status,
        codes,
        client: client && [client.name, client.version ?? ''].join(' ').trim().slice(0, MAX_CHARACTERS),
      });
      failures.length = Math.min(failures.length, MAX_FAILURES);
    },
    /** Newest first. */
    latest: (): readonly ObservedFailure[] => [...failures],
  };
}
