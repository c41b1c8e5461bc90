import { createHmac } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Client } from '../servers/client.ts';
import type { History, Told } from './history.ts';

export interface SourceOptions {
  readonly client: Client;
  readonly upstreamUrl: string;
  readonly gatewayUrls: readonly string[];
  readonly webhookSecret: string;
  readonly history: History;
  /** Catalogs that may be changed, each with all its sellers. */
  readonly catalogs: readonly { readonly id: string; readonly sellerIds: readonly string[] }[];
  readonly random: () => number;
  readonly everyMs: number;
}

export interface SourceTotals {
  changes: number;
  signals: number;
  /** Number of deliveries that were refused at first, and sent again. */
  redelivered: number;
  /** From the change to the acknowledgement, in milliseconds. */
  readonly latenciesMs: number[];
}

// Three of ten changes have no delivery, so the poller has to find them.
const SHARE_TOLD = 0.7;

/** Changes catalogs at the source until the signal aborts, and signs deliveries for most changes. */
export async function changeSource(options: SourceOptions, totals: SourceTotals, stopped: AbortSignal) {
  const { catalogs, history, random, everyMs } = options;
  while (!stopped.aborted) {
    const catalog = catalogs[Math.floor(random() * catalogs.length)];
    if (!catalog) return;
    const told: Told = random() < SHARE_TOLD ? 'by webhook' : 'by the poller';
    const change = history.begin(catalog.id, told);
    const body = JSON.stringify({ title: change.title });
    const url = `${options.upstreamUrl}/control/catalogs/${catalog.id}`;
    const { status } = await options.client.send({ url, method: 'PUT', body });
    if (status !== 204) throw new Error(`the sandbox refused a change with ${status}`);
    const changedAt = performance.now();
    change.changed(changedAt);
    totals.changes += 1;
    if (told === 'by webhook') {
      const isTaken = await deliver(options, totals, catalog, stopped);
      if (!isTaken) return;
      const acknowledgedAt = performance.now();
      change.acknowledged(acknowledgedAt);
      totals.latenciesMs.push(acknowledgedAt - changedAt);
    }
    await setTimeout(everyMs * (0.5 + random()), undefined, { signal: stopped }).catch(() => {});
  }
}

/** Sends a delivery to one gateway, as a balancer would, until it is accepted; false if the soak ended first. */
async function deliver(
  { client, gatewayUrls, webhookSecret, random }: SourceOptions,
  totals: SourceTotals,
  { id, sellerIds }: SourceOptions['catalogs'][number],
  stopped: AbortSignal,
): Promise<boolean> {
  totals.signals += 1;
  const signal = {
    event: 'changed',
    entity: 'catalog',
    id,
    sellerIds,
    occurredAt: new Date().toISOString(),
  };
  const body = JSON.stringify(signal);
  for (;;) {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = createHmac('sha256', webhookSecret).update(`${timestamp}.${body}`).digest('hex');
    const { status } = await client.send({
      url: `${gatewayUrls[Math.floor(random() * gatewayUrls.length)]}/hooks/catalog`,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-timestamp': timestamp,
        'x-signature': `sha256=${signature}`,
      },
      body,
    });
    if (status === 202) return true;
    if (stopped.aborted) return false;
    if (status !== 503) throw new Error(`the gateway refused a signal with ${status}`);
    totals.redelivered += 1;
    await setTimeout(1000);
  }
}
