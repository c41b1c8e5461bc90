import { createHmac } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import type { SandboxEvent } from './events.ts';

export interface WebhookOptions {
  readonly urls: readonly string[];
  readonly secret: string;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly report: (event: SandboxEvent) => void;
}

/** A change, as the webhook of a gateway accepts it. */
interface Signal {
  readonly event: 'seller.updated' | 'catalog.updated' | 'catalog.removed';
  readonly entity: 'seller' | 'catalog';
  readonly id: number;
  /** The sellers of a catalog, before and after the change. */
  readonly sellerIds?: readonly number[];
}

/** Sends a signed webhook after each change, as the source of a gateway does. */
export interface Webhooks {
  /** The receivers also include this URL from now on. */
  addUrl(url: string): void;
  send(signal: Signal): void;
}

const MAX_ATTEMPTS = 6;
// The pause after the first failed attempt. Each later pause is twice as long: 8 seconds in all.
const BACKOFF_MS = 250;
const TIMEOUT_MS = 10_000;
// The limit of a gateway.
const MAX_SIGNALS = 20_000;

/** `closing` ends what is under way. */
export function createWebhooks(
  { urls, secret, sleep, report }: WebhookOptions,
  clock: Pick<Clock, 'now'>,
  closing: AbortSignal,
): Webhooks {
  const receivers = new Map(urls.map((url) => [url, createReceiver(url)]));
  return {
    addUrl: (url) => void receivers.set(url, createReceiver(url)),
    send(signal) {
      const dated = { ...signal, occurredAt: new Date(clock.now()).toISOString() };
      for (const receive of receivers.values()) receive(dated);
    },
  };

  /** One delivery at a time is under way. The next one reports all changes that were made meanwhile. */
  function createReceiver(url: string): (signal: Signal) => void {
    let waiting: Signal[] = [];
    let isSending = false;
    return (signal) => {
      if (waiting.length < MAX_SIGNALS) waiting.push(signal);
      else report({ type: 'sandbox-webhook-failed', url, signals: 1, attempts: 0, reason: 'too many wait' });
      if (!isSending) void sendWaiting();
    };

    async function sendWaiting(): Promise<void> {
      isSending = true;
      while (waiting.length > 0 && !closing.aborted) {
        const signals = waiting;
        waiting = [];
        await deliver(url, signals);
      }
      isSending = false;
    }
  }

  async function deliver(url: string, signals: readonly Signal[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const failure = await post(url, JSON.stringify(signals));
      if (!failure || closing.aborted) return;
      if (!failure.isTransient || attempt === MAX_ATTEMPTS) {
        const { reason } = failure;
        report({
          type: 'sandbox-webhook-failed',
          ...{ url, signals: signals.length, attempts: attempt, reason },
        });
        return;
      }
      await sleep(BACKOFF_MS * 2 ** (attempt - 1), closing).catch(() => {});
    }
  }

  /** Null if the receiver accepted the body. Another attempt does not help if the receiver refuses what it says. */
  async function post(
    url: string,
    body: string,
  ): Promise<{ readonly reason: string; readonly isTransient: boolean } | null> {
    const timestamp = String(Math.floor(clock.now() / 1000));
    const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-timestamp': timestamp,
          'x-signature': `sha256=${signature}`,
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([closing, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await response.body?.cancel();
      const { status } = response;
      const isTransient = status === 408 || status === 429 || status >= 500;
      return response.ok ? null : { reason: `status ${status}`, isTransient };
    } catch (error) {
      return { reason: codeOf(error), isTransient: true };
    }
  }
}

/** A code such as ECONNREFUSED. */
function codeOf(error: unknown): string {
  const { name, cause } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? name;
}
