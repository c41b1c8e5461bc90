import type { Codec } from './codec.ts';
import { type Entry, type Freshness, freshness } from './entry.ts';
import type { MemoryStore } from './memory-store.ts';
import type { SharedTier } from './shared-tier.ts';

/** What a tier holds under a key. Times are in milliseconds, and negative where they are over. */
export interface HeldEntry {
  readonly state: Freshness;
  readonly ageMs: number;
  readonly freshForMs: number;
  readonly staleForMs: number;
  /** How long its load took. */
  readonly loadMs: number;
  readonly bytes: number;
  /** Each tag, and whether the entry is of its current generation. */
  readonly tags: readonly { readonly tag: string; readonly current: boolean }[];
}

export interface Inspection {
  readonly key: string;
  readonly memory: HeldEntry | null;
  readonly redis: HeldEntry | null;
}

export interface InspectorOptions {
  readonly keyPrefix: string;
  readonly memory: MemoryStore;
  readonly shared: SharedTier | null;
  readonly currentToken: (tag: string) => string | undefined;
  readonly clock: { now(): number };
  /** How long a trip may take, in milliseconds. */
  readonly tripMs: number;
}

/** Looks at an envelope without opening it. */
const unopened: Codec<unknown> = { toJson: (value) => value, fromJson: (json) => json };

/** Tells what the tiers hold under a key, given with its prefix or as the name in its braces. Throws where Redis fails. */
export function createInspector({
  keyPrefix,
  memory,
  shared,
  currentToken,
  clock,
  tripMs,
}: InspectorOptions) {
  return async (given: string): Promise<Inspection> => {
    const key = given.startsWith(keyPrefix) ? given : `${keyPrefix}{${given}}`;
    const inMemory = memory.get(key);
    const [found] = shared ? (await shared.read([key], [], unopened, tripMs)).found : [];
    const inRedis = typeof found === 'object' ? found : undefined;
    const tags = [...new Set([...(inMemory?.tags ?? []), ...(inRedis?.tags ?? [])])];
    const tokens = shared
      ? (await shared.read([], tags, unopened, tripMs)).tokens
      : new Map(tags.map((tag) => [tag, currentToken(tag)]));
    const describe = (entry: Entry<unknown> | undefined) =>
      entry ? describeEntry(entry, tokens, clock.now()) : null;
    return { key, memory: describe(inMemory), redis: describe(inRedis) };
  };
}

function describeEntry(
  entry: Entry<unknown>,
  tokens: ReadonlyMap<string, string | undefined>,
  now: number,
): HeldEntry {
  return {
    state: freshness(entry, now),
    ageMs: now - entry.loadBeganAt,
    freshForMs: entry.freshUntil - now,
    staleForMs: entry.staleUntil - now,
    loadMs: entry.loadMs,
    bytes: entry.bytes,
    tags: entry.tags.map((tag, index) => ({
      tag,
      current: entry.generations !== null && tokens.get(tag) === entry.generations[index],
    })),
  };
}
