import { setTimeout } from 'node:timers/promises';
import { type HttpAnswer, send } from '../support/http-client.ts';

/** Gateways whose clocks a test moves together. */
export type Clocked = readonly { readonly origin: string; readonly clock: { ms: number } }[];

/** Asks one of the gateways for what changes. */
export type Ask = (gateway: Clocked[number]) => Promise<HttpAnswer>;

/** A query as a GET, with these headers. */
export function get(query: string, headers: Record<string, string> = {}): Ask {
  return (gateway) => send(gateway, `/graphql?query=${encodeURIComponent(query)}`, { headers });
}

export function wait(gateways: Clocked, ms: number): void {
  for (const { clock } of gateways) clock.ms += ms;
}

/** Whether it is stale, or in its last second. */
function isStale({ headers }: HttpAnswer): boolean {
  return /; ttl=(-|0)/.test(headers.get('cache-status') ?? '');
}

/** Gives the refresh, which no answer waits for, real time to end. A gateway that leaves it to another stays stale. */
async function untilRefreshed(gateways: Clocked, ask: Ask): Promise<void> {
  for (let tries = 0; tries < 20; tries += 1) {
    await setTimeout(25);
    const answers = await Promise.all(gateways.map((gateway) => ask(gateway)));
    if (!answers.some(isStale)) return;
  }
}

/**
 * Asks all gateways every `everyMs` of their time, and measures for how long after now an answer still holds `old`: the
 * time of the last such answer, in milliseconds. A stale answer has its refresh ended before time goes on, so that what a
 * load takes is no part of it. Gives up after `forMs`.
 */
export async function measureStaleness(
  gateways: Clocked,
  ask: Ask,
  { old, everyMs, forMs }: { readonly old: string; readonly everyMs: number; readonly forMs: number },
): Promise<number> {
  let last = 0;
  for (let passed = 0; passed <= forMs; passed += everyMs) {
    const answers = await Promise.all(gateways.map((gateway) => ask(gateway)));
    if (answers.every(({ text }) => !text.includes(old))) return last;
    last = passed;
    if (answers.some(isStale)) await untilRefreshed(gateways, ask);
    wait(gateways, everyMs);
  }
  return Number.POSITIVE_INFINITY;
}
