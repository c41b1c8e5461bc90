import type { Clock } from '../clock.ts';
import type { Report } from '../events.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import type { SharedTier } from '../redis/shared-tier.ts';
import type { Codec } from './encoded-entry.ts';
import { type Entry, type Freshness, freshness, type StoredEntry } from './entry.ts';
import { InvalidDefinition, redisKey } from './key-class.ts';

/** The entry of a key in one tier. Times are in milliseconds; a negative time lies in the past. */
export interface HeldEntry {
  readonly state: Freshness;
  readonly ageMs: number;
  readonly freshForMs: number;
  readonly staleForMs: number;
  /** Duration of its load. */
  readonly loadMs: number;
  readonly bytes: number;
  /** Each tag, and whether the entry has its current generation. */
  readonly tags: readonly { readonly tag: string; readonly current: boolean }[];
}

export interface Inspection {
  readonly key: string;
  readonly memory: HeldEntry | null;
  readonly redis: HeldEntry | null;
  /** False if Redis did not reply: then its entry is unknown, and `current` may be outdated. */
  readonly redisAnswered: boolean;
}

export interface InspectorOptions {
  readonly keyPrefix: string;
  readonly memory: MemoryStore;
  readonly shared: SharedTier | null;
  readonly currentToken: (tag: string) => string | undefined;
  readonly clock: Clock;
  /** How long a trip may take, in milliseconds. */
  readonly tripMs: number;
  readonly report: Report;
}

/** The current generations of tags; undefined for unknown ones. */
type KnownTokens = ReadonlyMap<string, string | undefined>;

/** Reads an entry without decoding its value. */
const unopened: Codec<unknown> = {
  ...{ toJson: (value) => value, fromJson: (json) => json },
  ...{ toBytes: () => Buffer.alloc(0), fromBytes: (bytes) => bytes },
};

export interface Inspector {
  /**
   * The entries of a key in the tiers. The key is given with its prefix, or as the name in its braces.
   * @throws InvalidDefinition for a key with another prefix: its entry depends on other generations.
   */
  inspect(key: string): Promise<Inspection>;
  /** The same for the memory of this process only, without reading Redis. */
  inspectMemory(key: string): Pick<Inspection, 'key' | 'memory'>;
}

export function createInspector({
  keyPrefix,
  memory,
  shared,
  currentToken,
  clock,
  tripMs,
  report,
}: InspectorOptions): Inspector {
  return {
    async inspect(given) {
      const key = keyOf(given);
      const inMemory = memory.get(key);
      const inRedis = await readRedis(key, inMemory?.tags ?? []);
      const tokens = inRedis?.tokens ?? knownTokens(inMemory);
      return {
        key,
        memory: describe(inMemory, tokens, clock.monotonic()),
        redis: describe(inRedis?.entry, tokens, clock.now()),
        redisAnswered: shared === null || inRedis !== null,
      };
    },
    inspectMemory(given) {
      const key = keyOf(given);
      const inMemory = memory.get(key);
      return { key, memory: describe(inMemory, knownTokens(inMemory), clock.monotonic()) };
    },
  };

  function keyOf(given: string): string {
    if (given.startsWith(keyPrefix)) return given;
    if (!/[{}]/.test(given)) return redisKey(keyPrefix, given);
    throw new InvalidDefinition('The key is not an entry key of this namespace.');
  }

  function knownTokens(entry: Entry<unknown> | undefined): KnownTokens {
    return new Map((entry?.tags ?? []).map((tag) => [tag, currentToken(tag)]));
  }

  /** `now`: by the same clock as the times of the entry. */
  function describe(
    entry: StoredEntry<unknown> | undefined,
    tokens: KnownTokens,
    now: number,
  ): HeldEntry | null {
    return entry ? describeEntry(entry, tokens, now) : null;
  }

  /** The entry in Redis, and the generations of its tags and the given tags; null if Redis does not reply. */
  async function readRedis(key: string, tags: readonly string[]) {
    if (!shared) return null;
    try {
      const [found] = (await shared.read([key], [], unopened, tripMs)).found;
      const entry = typeof found === 'object' ? found : undefined;
      const all = [...new Set([...tags, ...(entry?.tags ?? [])])];
      return { entry, tokens: (await shared.read([], all, unopened, tripMs)).tokens };
    } catch (cause) {
      report({ type: 'store-failed', operation: 'inspect', keyClass: 'any', cause });
      return null;
    }
  }
}

function describeEntry(entry: StoredEntry<unknown>, tokens: KnownTokens, now: number): HeldEntry {
  return {
    state: freshness(entry, now),
    ageMs: now - entry.loadBeganAt,
    freshForMs: entry.freshUntil - now,
    staleForMs: entry.staleUntil - now,
    loadMs: entry.loadMs,
    bytes: entry.bytes,
    tags: entry.tags.map((tag, index) => ({
      tag,
      current: !('sequence' in entry.generations) && tokens.get(tag) === entry.generations[index],
    })),
  };
}
