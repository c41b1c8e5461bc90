import type { Cluster, Redis } from 'ioredis';
import { RedisTimedOut, startDeadline } from './deadline.ts';
import { createNodes, type Node } from './nodes.ts';
import { makeTrip, RedisNotConnected } from './trip.ts';

/** Redis did not answer, or refused, before all of its keys were told. The message says which of the two. */
export class KeysNotListed extends Error {
  override name = 'KeysNotListed' as const;

  constructor(why: string, cause: unknown) {
    super(`Redis did not list its keys: ${why}.`, { cause });
  }
}

// A step looks at a few hundred keys, which takes a Redis that is well far less than this.
const STEP_MS = 1000;

// A key that Redis tells twice, as it may while it makes room, is mostly told twice within so many.
const MOST_REMEMBERED = 100_000;

/**
 * The keys that match a glob pattern, by SCAN on every master, so that Redis serves others in between. What is there
 * all the while is told, and what comes or goes meanwhile may be. Once, unless Redis tells it again 100,000 keys later.
 * @param pageSize how many keys a step looks at, from 1: a page has about as many at the most, and is never empty.
 * @throws KeysNotListed where Redis does not answer or refuses, be it one node of many.
 */
export async function* scanKeys(
  redis: Redis | Cluster,
  pattern: string,
  pageSize: number,
): AsyncGenerator<readonly string[], void, void> {
  const told = new Set<string>();
  let cursor: string | null = null;
  do {
    const page: KeyPage = await scanPage(redis, pattern, cursor, pageSize);
    const fresh = page.keys.filter((key) => !told.has(key));
    remember(told, fresh);
    if (fresh.length > 0) yield fresh;
    ({ cursor } = page);
  } while (cursor !== null);
}

/** A step of such a listing. */
export interface KeyPage {
  /** Maybe none, and one maybe told before. */
  readonly keys: readonly string[];
  /** What the next step takes; null after the last. */
  readonly cursor: string | null;
}

const CURSOR = /^(\d{1,4})-(\d{1,20})$/;

/** Whether a step may have given the cursor. */
export function isKeyCursor(text: string): boolean {
  return CURSOR.test(text);
}

/**
 * One step, for who keeps nothing in between. The cursor is null for the first. Where the masters of a cluster change
 * meanwhile, keys may be missed.
 * @throws KeysNotListed where Redis does not answer or refuses, and for a cursor that no step has given.
 */
export async function scanPage(
  redis: Redis | Cluster,
  pattern: string,
  cursor: string | null,
  count: number,
): Promise<KeyPage> {
  const masters = mastersOf(redis);
  const [, place = '', from = ''] = CURSOR.exec(cursor ?? '0-0') ?? [];
  const node = masters[place === '' ? masters.length : Number(place)];
  if (!node) throw new KeysNotListed('invalid cursor', undefined);
  const step = await scan(node, from, pattern, count);
  const keys = [...new Set(step.keys)];
  if (step.cursor !== '0') return { keys, cursor: `${place}-${step.cursor}` };
  const next = Number(place) + 1;
  return { keys, cursor: next < masters.length ? `${next}-0` : null };
}

/** The text as a pattern that matches only it. */
export function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}

function mastersOf(redis: Redis | Cluster): readonly Node[] {
  const nodes = createNodes(redis);
  // Not those that there are connections to: one that is gone would be left out, and what it has be missed unnoticed.
  const owners = redis.isCluster
    ? (redis as Cluster).slots.flatMap((holders) => holders.slice(0, 1))
    : ['redis'];
  // Before the first connection nobody knows of any.
  return [...new Set(owners.length > 0 ? owners : ['the cluster'])].sort().map(nodes.at);
}

async function scan(node: Node, cursor: string, pattern: string, count: number) {
  const deadline = startDeadline(STEP_MS);
  const trip = makeTrip(node, [['SCAN', cursor, 'MATCH', pattern, 'COUNT', count]]);
  const replies: readonly unknown[] = await deadline
    .race(trip)
    .catch((cause: unknown) => {
      throw new KeysNotListed(reasonOf(cause, node), cause);
    })
    .finally(deadline.clear);
  const [reply] = replies;
  if (reply instanceof Error) throw new KeysNotListed(reply.message, reply);
  const [next, keys] = reply as readonly [Buffer, readonly Buffer[]];
  return { cursor: next.toString(), keys: keys.map(String) };
}

/** In our words: those of the client are about its streams and options. */
function reasonOf(cause: unknown, { name }: Node): string {
  const isOurs = cause instanceof RedisTimedOut || cause instanceof RedisNotConnected;
  return isOurs ? cause.message : `lost the connection to ${name}`;
}

function remember(told: Set<string>, keys: readonly string[]): void {
  for (const key of keys) told.add(key);
  for (const oldest of told) {
    if (told.size <= MOST_REMEMBERED) break;
    told.delete(oldest);
  }
}
