import type { Cache, ReadOptions } from '../../src/cache/engine/cache.ts';
import { defineKeyClass, type Load, type Policy } from '../../src/cache/engine/key-class.ts';
import type { CacheEvent } from '../../src/cache/events.ts';
import { type CacheModule, openCache } from '../../src/cache/open-cache.ts';
import type { TestRedis } from './redis.ts';

export const FRESH_MS = 1000;
export const STALE_MS = 6000;
export const PAUSE_MS = 500;
export const TRUST_MS = 1000;

/** Words by number. Each word has a tag of its own, and all share one tag. A null is a word that does not exist. */
export function wordsClass(policy: Partial<Policy> = {}) {
  return defineKeyClass<number, string | null>({
    name: 'words',
    key: (id) => `word_${id}`,
    tags: (id) => [`word:${id}`, 'words'],
    policy: {
      freshMs: FRESH_MS,
      staleMs: STALE_MS,
      absent: { freshMs: 100, staleMs: 100 },
      pauseMs: PAUSE_MS,
      ...policy,
    },
    codec: { toJson: (value) => value, fromJson: (json) => json as string | null },
  });
}

export const words = wordsClass();

export interface CacheProcess {
  readonly cache: Cache;
  readonly keyValue: CacheModule['keyValue'];
  /** The clock of the process, which stands still until a test moves it. */
  readonly clock: { ms: number };
  /** The offset of its wall clock. */
  readonly wall: { offsetMs: number };
  readonly events: readonly CacheEvent[];
  types(): string[];
  close(): void;
}

/** The cache of one process: a memory of its own, and Redis if one is given. */
export async function startCacheProcess(
  options: {
    redis?: TestRedis;
    random?: () => number;
    clock?: { ms: number };
    backplane?: boolean;
    /** The prefix of its entries' keys. All processes share generations. */
    keyPrefix?: string;
    leaseMs?: number;
  } = {},
): Promise<CacheProcess> {
  const clock = options.clock ?? { ms: 1_000_000 };
  const wall = { offsetMs: 0 };
  const events: CacheEvent[] = [];
  const report = (event: CacheEvent) => void events.push(event);
  const opened = await openCache({
    keyPrefix: options.keyPrefix ?? 'test_v1:',
    sourcePrefix: 'test_v1:',
    memoryBytes: 1024 * 1024,
    redis: options.redis
      ? {
          server: { kind: 'single', url: options.redis.url },
          budgetMs: 2000,
          backplane: options.backplane ?? false,
        }
      : null,
    report,
    clock: { now: () => clock.ms + wall.offsetMs, monotonic: () => clock.ms },
    random: options.random ?? (() => 0.5),
    tripMs: 2000,
    ...(options.leaseMs !== undefined && { leaseMs: options.leaseMs }),
  });
  return {
    cache: opened.cache,
    keyValue: opened.keyValue,
    clock,
    wall,
    events,
    types: () => events.map(({ type }) => type),
    close: opened.close,
  };
}

/** A load that records its calls and their ids. */
export function countingLoad(answer: (id: number) => string | null | Error = (id) => `word ${id}`) {
  const asked: (readonly number[])[] = [];
  const load: Load<number, string | null> = async (ids) => {
    asked.push(ids);
    return new Map(ids.map((id) => [id, answer(id)]));
  };
  return { load, asked };
}

/** A load that resolves when the test allows it. */
export function heldLoad(value: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  const load: Load<number, string | null> = async (ids) => {
    began.resolve();
    await promise;
    return new Map(ids.map((id) => [id, value]));
  };
  return { load, began: began.promise, letGo: resolve };
}

export async function getWord(
  cache: Cache,
  load: Load<number, string | null>,
  options: ReadOptions & { readonly id?: number } = {},
): Promise<string | null> {
  const { id = 1, ...read } = options;
  const outcome = (await cache.getMany(words, [id], load, read)).get(id);
  if (outcome instanceof Error) throw outcome;
  return outcome as string | null;
}
