import { type Client, dataOf } from '../servers/client.ts';
import { gateway, start } from '../servers/contenders.ts';
import type { Upstream } from '../servers/upstream.ts';
import { KINDS, type Kind, question } from './questions.ts';

export interface Costs {
  readonly sellerIds: readonly string[];
  /** Source calls and time for one response of the kind, without any cache. */
  readonly callsFor: Readonly<Record<Kind, number>>;
  readonly medianMsFor: Readonly<Record<Kind, number>>;
}

const NO_CACHE = {
  CACHE_TTL_SELLERS: '0',
  CACHE_TTL_CATALOGS: '0',
  CACHE_TTL_STALE: '0',
  CACHE_TTL_UNKNOWN: '0',
  RESPONSE_CACHE_MB: '0',
  KEEP_WARM: '0',
};
const TRIES = 8;

/** Sends queries one after another to a gateway without caches, and counts the source calls. */
export async function measureCosts(client: Client, upstream: Upstream): Promise<Costs> {
  const uncached = await start(gateway({ ...upstream.variables, ...NO_CACHE }, 'uncached'), {
    client,
    cores: undefined,
  });
  const query =
    '{ sellers(pageSize: 200) { items { id } } more: sellers(page: 2, pageSize: 200) { items { id } } }';
  const listed = dataOf<Record<string, { items: { id: string }[] }>>(
    await client.ask(uncached.url, JSON.stringify({ query })),
  );
  const sellerIds = Object.values(listed).flatMap(({ items }) => items.map(({ id }) => id));
  const callsFor = {} as Record<Kind, number>;
  const medianMsFor = {} as Record<Kind, number>;
  for (const kind of KINDS) {
    const times: number[] = [];
    await upstream.resetRequests();
    for (let index = 0; index < TRIES; index += 1) {
      const startedAt = performance.now();
      dataOf(await client.ask(uncached.url, question(kind, index * SELLERS_APART, sellerIds).body));
      times.push(performance.now() - startedAt);
    }
    callsFor[kind] = (await upstream.countRequests()) / TRIES;
    medianMsFor[kind] = times.toSorted((a, b) => a - b)[TRIES / 2] ?? 0;
  }
  await uncached.stop();
  return { sellerIds, callsFor, medianMsFor };
}

// So that every query is different.
const SELLERS_APART = 40;
