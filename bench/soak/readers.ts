import { setTimeout } from 'node:timers/promises';
import { type Client, dataOf } from '../servers/client.ts';
import type { History, Staleness } from './history.ts';
import { catalogsIn, drawKind, KINDS, type Kind, question } from './questions.ts';

export interface ReadersOptions {
  readonly client: Client;
  readonly gatewayUrls: readonly string[];
  readonly history: History;
  readonly sellerIds: readonly string[];
  /** Positions in the list of sellers, drawn by Zipf's law. */
  readonly places: readonly number[];
  readonly random: () => number;
  readonly readers: number;
  /** Requests per second of all readers together. */
  readonly rate: number;
}

export interface ReadTotals {
  requests: number;
  hits: number;
  failed: number;
  /** The reasons of the first few failures. */
  readonly failures: string[];
  readonly byKind: Record<Kind, number>;
  readonly hitMs: Record<Kind, number[]>;
  readonly missMs: number[];
  readonly stale: Staleness[];
}

export function noReads(): ReadTotals {
  const forEachKind = <T>(make: () => T) =>
    Object.fromEntries(KINDS.map((kind) => [kind, make()])) as Record<Kind, T>;
  return {
    requests: 0,
    hits: 0,
    failed: 0,
    failures: [],
    byKind: forEachKind(() => 0),
    hitMs: forEachKind<number[]>(() => []),
    missMs: [],
    stale: [],
  };
}

const MOST_FAILURES_TOLD = 5;

/** Sends queries at a steady rate until the signal aborts, and checks every catalog in the responses. */
export async function read(options: ReadersOptions, totals: ReadTotals, stopped: AbortSignal): Promise<void> {
  const { readers, rate } = options;
  const beganAt = performance.now();
  let begun = 0;
  const reader = async () => {
    while (!stopped.aborted) {
      const dueAt = beganAt + (1000 * begun) / rate;
      begun += 1;
      const early = dueAt - performance.now();
      if (early > 1) await setTimeout(early, undefined, { signal: stopped }).catch(() => {});
      if (!stopped.aborted) await ask(options, totals, begun);
    }
  };
  await Promise.all(Array.from({ length: readers }, reader));
}

async function ask(options: ReadersOptions, totals: ReadTotals, turn: number): Promise<void> {
  const { client, gatewayUrls, history, sellerIds, places, random } = options;
  const { kind, body } = question(drawKind(random), places[turn % places.length] ?? 0, sellerIds);
  const url = `${gatewayUrls[turn % gatewayUrls.length]}/graphql`;
  const askedAt = performance.now();
  totals.requests += 1;
  totals.byKind[kind] += 1;
  try {
    const reply = await client.ask(url, body);
    const ms = performance.now() - askedAt;
    const data = dataOf<unknown>(reply);
    const isHit = /; hit\b/.test(String(reply.headers['cache-status']));
    if (isHit) totals.hits += 1;
    (isHit ? totals.hitMs[kind] : totals.missMs).push(ms);
    for (const { id, title } of catalogsIn(data)) {
      const stale = history.judge(id, title, askedAt);
      if (stale) totals.stale.push(stale);
    }
  } catch (error) {
    totals.failed += 1;
    if (totals.failures.length < MOST_FAILURES_TOLD) totals.failures.push(`${kind}: ${String(error)}`);
  }
}
