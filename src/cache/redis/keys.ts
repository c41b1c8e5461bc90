import type { Cluster, Redis } from 'ioredis';
import { createNodes, makeTrip, type Node, RedisNotConnected, RedisTimedOut, startDeadline } from './trip.ts';

/** Redis did not reply, or refused, before the listing was complete. The message tells which. */
export class KeysNotListed extends Error {
  override name = 'KeysNotListed' as const;

  constructor(why: string, cause: unknown) {
    super(`Redis did not list its keys: ${why}.`, { cause });
  }
}

// A step examines a few hundred keys, which takes a healthy Redis far less time than this.
const STEP_MS = 1000;

// SCAN may return a key twice while Redis resizes its table, usually within this many keys.
const MAX_REMEMBERED = 100_000;

/**
 * The keys that match a glob pattern, by SCAN on every primary, so that Redis serves other clients between the steps. A
 * key that exists throughout is listed; a key that is added or removed meanwhile may be. Each key is listed once, unless
 * SCAN returns it again more than 100,000 keys later.
 * @param pageSize number of keys that a step examines, at least 1: a page has about as many at most, and is never empty.
 * @throws KeysNotListed if any node does not reply or refuses.
 */
export async function* scanKeys(
  redis: Redis | Cluster,
  pattern: string,
  pageSize: number,
): AsyncGenerator<readonly string[], void, void> {
  const listed = new Set<string>();
  let cursor: string | null = null;
  do {
    const page: KeyPage = await scanPage(redis, pattern, cursor, pageSize);
    const fresh = page.keys.filter((key) => !listed.has(key));
    remember(listed, fresh);
    if (fresh.length > 0) yield fresh;
    ({ cursor } = page);
  } while (cursor !== null);
}

/** The result of one step of a listing. */
export interface KeyPage {
  /** May be empty, and may repeat keys of earlier pages. */
  readonly keys: readonly string[];
  /** The cursor of the next step; null after the last step. */
  readonly cursor: string | null;
}

const CURSOR = /^(\d{1,4})-(\d{1,20})$/;

/** Whether the text has the form of a cursor. */
export function isKeyCursor(text: string): boolean {
  return CURSOR.test(text);
}

/**
 * One step of a listing, without state between steps. The cursor of the first step is null. If the primaries of a cluster
 * change between steps, keys may be missed.
 * @throws KeysNotListed if Redis does not reply or refuses, and for an invalid cursor.
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

/** A pattern that matches exactly the text. */
export function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}

function mastersOf(redis: Redis | Cluster): readonly Node[] {
  const nodes = createNodes(redis);
  // From the slots, not from the connections: a disconnected primary would be left out, and its keys silently missed.
  const owners = redis.isCluster
    ? (redis as Cluster).slots.flatMap((holders) => holders.slice(0, 1))
    : ['redis'];
  // Before the first connection no primary is known.
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

/** A message about Redis: those of the client library are about its streams and options. */
function reasonOf(cause: unknown, { name }: Node): string {
  const isOurs = cause instanceof RedisTimedOut || cause instanceof RedisNotConnected;
  return isOurs ? cause.message : `lost the connection to ${name}`;
}

function remember(listed: Set<string>, keys: readonly string[]): void {
  for (const key of keys) listed.add(key);
  for (const oldest of listed) {
    if (listed.size <= MAX_REMEMBERED) break;
    listed.delete(oldest);
  }
}
