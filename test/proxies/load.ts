import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const CLIENTS = 16;
// While a process starts: it has to share the machine with the clients.
const EASY_PAUSE_MS = 50;

export interface Load {
  /** The number of requests, by status, or by what became of them. */
  readonly results: Readonly<Record<string, number>>;
  answered(): number;
  /** Whether each client sends its next request at once, as it does until told otherwise, or after a pause. */
  press(hard: boolean): void;
  /** Resolves when each request has ended. */
  stop(): Promise<void>;
}

/**
 * Clients that POST these queries one after the other, on connections of their own, until they are stopped. Each response
 * to a query must have the body of the first one.
 */
export function startLoad({ origin }: { readonly origin: string }, queries: readonly string[]): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const results: Record<string, number> = {};
  const bodies = new Map<string, string>();
  let sent = 0;
  let stopped = false;
  let pressing = true;
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!stopped) {
      const query = queries[sent++ % queries.length] ?? '';
      const result = await postOnce(query).catch(({ message }: Error) => message);
      results[result] = (results[result] ?? 0) + 1;
      if (!pressing) await sleep(EASY_PAUSE_MS);
    }
  });

  async function postOnce(query: string): Promise<string> {
    const body = JSON.stringify({ query });
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request(`${origin}/graphql`, { agent, method: 'POST', headers }, resolve).on('error', reject).end(body);
    });
    const text = Buffer.concat(await response.toArray()).toString();
    if (!bodies.has(query)) bodies.set(query, text);
    return bodies.get(query) === text ? String(response.statusCode) : `${response.statusCode}: ${text}`;
  }

  return {
    results,
    answered: () => Object.values(results).reduce((sum, count) => sum + count, 0),
    press(hard) {
      pressing = hard;
    },
    async stop() {
      stopped = true;
      await Promise.all(clients);
      agent.destroy();
    },
  };
}
