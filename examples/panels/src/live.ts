import { createClient } from 'graphql-ws';
import { useSyncExternalStore } from 'react';
import { listenTo } from './address.ts';

/** How often a panel asks again if it cannot be live. */
export const POLL_MS = 10_000;
const SESSION_OVER = 4403;
let connection: 'connecting' | 'live' | 'lost' = 'connecting';
let silence: ReturnType<typeof setTimeout>;

/**
 * The live responses of all panels, over one WebSocket. With event streams, each panel would take one of the six
 * connections that a browser has to a host over HTTP/1.1, for all of its tabs together.
 */
export const live = createClient({
  url: '/graphql',
  keepAlive: POLL_MS,
  retryAttempts: Number.POSITIVE_INFINITY,
  shouldRetry: (event) => (event as CloseEvent).code !== SESSION_OVER,
  async retryWait(retries) {
    if (!navigator.onLine)
      await new Promise((resolve) => addEventListener('online', resolve, { once: true }));
    await new Promise((resolve) =>
      setTimeout(resolve, Math.random() * Math.min(POLL_MS, 1000 * 2 ** retries)),
    );
  },
  on: {
    connected: () => become('live'),
    closed(event) {
      clearTimeout(silence);
      become('lost');
      if ((event as CloseEvent).code === SESSION_OVER) dispatchEvent(new Event('signed-out'));
    },
    // The gateway answers each ping. A connection without an answer is gone, for example after a sleep of the machine.
    ping: (received) => {
      if (!received) silence = setTimeout(live.terminate, POLL_MS);
    },
    pong: () => clearTimeout(silence),
  },
});
addEventListener('offline', live.terminate);

function become(next: typeof connection): void {
  connection = next;
  dispatchEvent(new Event('connection'));
}

const onConnection = listenTo('connection');

export const useConnection = () => useSyncExternalStore(onConnection, () => connection);
