import { type IncomingMessage, request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

/** What a subscriber asks, and who it is. */
export interface LiveAsk {
  readonly query: string;
  /** Whose catalogs it follows; null for those who follow who they are. */
  readonly sellerId: number | null;
  /** Null for nobody. */
  readonly user: string | null;
  /** The `Cookie` header of a user. */
  readonly cookie: string;
}

/** A client that follows a live response, and comes back to the next gateway when its stream ends. */
export interface LiveClient {
  readonly ask: LiveAsk;
  readonly transport: 'sse' | 'websocket';
  /** The results, as they came. A new connection begins with the present one again. */
  readonly results: readonly Sighting[];
  /** How many connections it has opened. */
  readonly connections: number;
}

interface Sighting {
  readonly at: number;
  /** Which of its connections brought it. */
  readonly connection: number;
  readonly data: unknown;
  readonly errors?: readonly unknown[];
}

const PAUSE_MS = 100;

/** The client prefers the gateway with this index. It ends with the test. */
export function startLiveClient(
  transport: LiveClient['transport'],
  ask: LiveAsk,
  origins: () => readonly string[],
  gateway: number,
): LiveClient {
  const results: Sighting[] = [];
  const client = { ask, transport, results, connections: 0 };
  const next = () => {
    const all = origins();
    client.connections += 1;
    return all[(gateway + client.connections - 1) % all.length] ?? '';
  };
  const seen = (result: object) =>
    void results.push({
      ...{ at: performance.now(), connection: client.connections, data: null },
      ...result,
    });
  onTestFinished((transport === 'sse' ? followEvents : followSocket)(ask, next, seen));
  return client;
}

/** A program without a GraphQL client, that reads an event stream as it is on the wire. */
function followEvents({ query, cookie }: LiveAsk, next: () => string, seen: (result: object) => void) {
  const ended = new AbortController();
  const { signal } = ended;
  void (async () => {
    while (!signal.aborted) {
      await readStream(next()).catch(() => {});
      if (!signal.aborted) await setTimeout(PAUSE_MS);
    }
  })();
  return () => ended.abort();

  async function readStream(origin: string): Promise<void> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...(cookie && { cookie }),
      };
      request(`${origin}/graphql`, { method: 'POST', headers, agent: false, signal }, resolve)
        .on('error', reject)
        .end(JSON.stringify({ query }));
    });
    let rest = '';
    for await (const text of response.setEncoding('utf8')) {
      const events = `${rest}${text}`.split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events)
        if (event.startsWith('event: next\ndata: ')) seen(JSON.parse(event.slice(18)));
    }
  }
}

function followSocket({ query, cookie }: LiveAsk, next: () => string, seen: (result: object) => void) {
  const headers = cookie ? { cookie } : {};
  const client = createClient({
    url: () => `${next().replace('http', 'ws')}/graphql`,
    webSocketImpl: class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { headers });
      }
    },
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: () => setTimeout(PAUSE_MS),
    shouldRetry: () => true,
  });
  client.subscribe(
    { query },
    { next: seen, error: (errors) => seen({ errors: [errors] }), complete: () => {} },
  );
  return () => client.dispose();
}
