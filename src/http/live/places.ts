import { RequestRefused } from '../refusal.ts';

/** How many streams there may be. */
export interface Places {
  /**
   * Takes a place for a stream of the client. The returned function gives it back, once.
   * @throws RequestRefused with 503 if the process has no place, and with 429 if the client has too many.
   */
  take(client: string): () => void;
  readonly taken: number;
  /** Gives no more places: the process stops. */
  close(): void;
  readonly isClosed: boolean;
}

export interface PlacesOptions {
  readonly max: number;
  readonly maxPerClient: number;
  readonly onRefused: (why: 'process' | 'client' | 'stopping') => void;
}

// Streams end when they end: there is no moment to name.
const RETRY_AFTER = { 'Retry-After': '5' };

export function createPlaces({ max, maxPerClient, onRefused }: PlacesOptions): Places {
  const byClient = new Map<string, number>();
  let taken = 0;
  let isClosed = false;

  return {
    get taken() {
      return taken;
    },
    get isClosed() {
      return isClosed;
    },
    close() {
      isClosed = true;
    },
    take(client) {
      if (isClosed) {
        onRefused('stopping');
        throw overloaded('This process stops. Try again.');
      }
      const own = byClient.get(client) ?? 0;
      if (own >= maxPerClient) {
        onRefused('client');
        throw new RequestRefused(429, `A client may have ${maxPerClient} live responses at once.`, {
          code: 'RATE_LIMITED',
          headers: RETRY_AFTER,
        });
      }
      if (taken >= max) {
        onRefused('process');
        throw overloaded('Too many live responses are open. Try again.');
      }
      byClient.set(client, own + 1);
      taken += 1;
      let isGivenBack = false;
      return () => {
        if (isGivenBack) return;
        isGivenBack = true;
        taken -= 1;
        const left = (byClient.get(client) ?? 1) - 1;
        if (left > 0) byClient.set(client, left);
        else byClient.delete(client);
      };
    },
  };
}

function overloaded(message: string): RequestRefused {
  return new RequestRefused(503, message, { code: 'OVERLOADED', headers: RETRY_AFTER });
}
