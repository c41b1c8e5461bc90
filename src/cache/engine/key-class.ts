import { type Codec, DEFAULT_MAX_BYTES } from './encoded-entry.ts';

/** How old a value may be, counted from when its load began, in milliseconds. */
export interface Ages {
  /** Until this age a value is fresh. */
  readonly freshMs: number;
  /** Until this age it may be served stale; no less than `freshMs`. */
  readonly staleMs: number;
}

/** Bounds of an adaptive fresh time, in milliseconds. */
export interface AdaptiveBounds {
  readonly floorMs: number;
  /** No less than `floorMs`. */
  readonly ceilingMs: number;
}

/** How entries of one class are kept and loaded. Times are in milliseconds. */
export interface Policy extends Ages {
  /** The ages of a null, which stands for an absent value. Default: those of any value. */
  readonly absent?: Ages;
  /**
   * Adapts the fresh time of a key to how often its value changes, starting from `freshMs`. The stale time beyond it does not
   * change, and jitter does not reach past its end. Null, the default, keeps `freshMs`.
   */
  readonly adaptive?: AdaptiveBounds | null;
  /** Varies `freshMs` by up to this share either way, so that entries loaded together expire apart. Default 0.1. */
  readonly jitter?: number;
  /** How long a load may take before it has failed. Default 60,000. */
  readonly hardTimeoutMs?: number;
  /** For how long after a failed load every read of the key gets the failure. Default 1,000. */
  readonly pauseMs?: number;
  /** A larger entry is served but not stored, in bytes. Default 16 MiB. */
  readonly maxBytes?: number;
}

/** One kind of entry. */
export interface KeyClassDefinition<I, V> {
  /** Its name in events. */
  readonly name: string;
  /** The key of an id, unique and without the prefix. Any characters except spaces and braces. */
  readonly key: (id: I) => string;
  /** The tags that invalidate the entry of an id. Known before the load, because their generations are read before it. */
  readonly tags: (id: I) => readonly string[];
  readonly policy: Policy;
  readonly codec: Codec<V>;
  /** The error of a load that took longer than the policy allows. Default: LoadTimedOut. */
  readonly timedOut?: (cause: LoadTimedOut) => Error;
}

export interface KeyClass<I, V> extends KeyClassDefinition<I, V> {
  readonly policy: Required<Policy>;
}

/** A load took longer than its class allows. */
export class LoadTimedOut extends Error {
  override name = 'LoadTimedOut' as const;
}

/** A key class, tag or policy that cannot work. The message says which and why. */
export class InvalidDefinition extends Error {
  override name = 'InvalidDefinition' as const;
}

// The greatest delay of a timer, 24 days. Bytes have the same bound.
const MAX_VALUE = 2 ** 31 - 1;

/** @throws InvalidDefinition for a policy whose times are negative or out of order. */
export function defineKeyClass<I, V>(definition: KeyClassDefinition<I, V>): KeyClass<I, V> {
  const { name, policy } = definition;
  const refuse = (fault: string): never => {
    throw new InvalidDefinition(`Key class "${name}": ${fault}.`);
  };
  if (!/^[a-z][a-z0-9-]*$/.test(name)) refuse('its name must be lower-case words joined by hyphens');
  const { jitter = 0.1, hardTimeoutMs = 60_000, pauseMs = 1000 } = policy;
  const { absent = policy, adaptive = null, maxBytes = DEFAULT_MAX_BYTES } = policy;
  const times = {
    ...agesOf('', policy),
    ...agesOf('absent.', absent),
    ...(adaptive && { 'adaptive.floorMs': adaptive.floorMs, 'adaptive.ceilingMs': adaptive.ceilingMs }),
    hardTimeoutMs,
    pauseMs,
    maxBytes,
  };
  for (const [time, value] of Object.entries(times)) {
    if (value >= 0 && value <= MAX_VALUE && Number.isInteger(value)) continue;
    refuse(`${time} must be a whole number from 0 to ${MAX_VALUE}, not ${value}`);
  }
  for (const [prefix, ages] of [['', policy] as const, ['absent.', absent] as const]) {
    if (ages.staleMs >= ages.freshMs) continue;
    refuse(`${prefix}staleMs (${ages.staleMs}) must not be less than ${prefix}freshMs (${ages.freshMs})`);
  }
  if (adaptive && adaptive.ceilingMs < adaptive.floorMs)
    refuse(
      `adaptive.ceilingMs (${adaptive.ceilingMs}) must not be less than adaptive.floorMs (${adaptive.floorMs})`,
    );
  if (!(jitter >= 0 && jitter < 1)) refuse(`jitter must be at least 0 and less than 1, not ${jitter}`);
  return {
    ...definition,
    codec: { ...definition.codec, maxBytes },
    policy: { ...policy, absent, adaptive, jitter, hardTimeoutMs, pauseMs, maxBytes },
  };
}

/** For values that no policy bounds. */
export const UNBOUNDED: Ages = { freshMs: Number.POSITIVE_INFINITY, staleMs: Number.POSITIVE_INFINITY };

/** The greatest ages that this process's policy gives a value of the class, whichever process loaded it. */
export function greatestAges({ policy }: KeyClass<never, unknown>, value: unknown): Ages {
  const { absent, adaptive, jitter } = policy;
  const spread = ({ freshMs }: Pick<Ages, 'freshMs'>) => Math.round(freshMs * (1 + jitter));
  if (adaptive && value !== null) {
    const staleMs = adaptive.ceilingMs + policy.staleMs - policy.freshMs;
    return { freshMs: Math.min(staleMs, spread({ freshMs: adaptive.ceilingMs })), staleMs };
  }
  const ages = value === null ? absent : policy;
  return { freshMs: spread(ages), staleMs: Math.max(spread(ages), ages.staleMs) };
}

function agesOf(prefix: string, { freshMs, staleMs }: Ages) {
  return { [`${prefix}freshMs`]: freshMs, [`${prefix}staleMs`]: staleMs };
}

/** A value, or why there is none. */
export type LoadOutcome<V> = V | Error;

/** Loads what the cache does not have: one outcome for each id. A rejection is the outcome of all ids. */
export type Load<I, V> = (ids: readonly I[]) => Promise<ReadonlyMap<I, LoadOutcome<V>>>;

/** The keys of one read, their ids, and how to load them. */
export interface Batch<I = unknown, V = unknown> {
  readonly keyClass: KeyClass<I, V>;
  /** If several ids have the same key, the first is loaded for all. */
  readonly idByKey: ReadonlyMap<string, I>;
  readonly load: Load<I, V>;
}

const KEY_NAME = /^[^\s{}]{1,512}$/;
const TAG = /^[^\s{}]{1,200}$/;

/** @throws InvalidDefinition for a key that Redis could not find again, or that would not be in its own cluster slot. */
export function createBatch<I, V>(
  keyPrefix: string,
  keyClass: KeyClass<I, V>,
  ids: readonly I[],
  load: Load<I, V>,
): Batch<I, V> {
  const idByKey = new Map<string, I>();
  for (const id of ids) {
    const name = keyClass.key(id);
    if (!KEY_NAME.test(name)) throw unusable(keyClass.name, name);
    const key = redisKey(keyPrefix, name);
    if (!idByKey.has(key)) idByKey.set(key, id);
  }
  return { keyClass, load, idByKey };
}

export function keyOf<I, V>(keyPrefix: string, keyClass: KeyClass<I, V>, id: I): string {
  return redisKey(keyPrefix, keyClass.key(id));
}

/** Braces make the key a Redis Cluster hash tag, so that its lease is in the same slot. */
export function redisKey(keyPrefix: string, name: string): string {
  return `${keyPrefix}{${name}}`;
}

function unusable(keyClass: string, name: string): InvalidDefinition {
  const shown = JSON.stringify(name.slice(0, 60).toWellFormed());
  return new InvalidDefinition(
    `Key class "${keyClass}": key ${shown} must be 1 to 512 characters without spaces or braces.`,
  );
}

export function tagsOf<I, V>({ keyClass, idByKey }: Batch<I, V>, key: string): readonly string[] {
  return keyClass.tags(idByKey.get(key) as I);
}

/** The tags of all the keys, each once. @throws InvalidDefinition for an invalid tag. */
export function allTagsOf<I, V>(batch: Batch<I, V>, keys: readonly string[]): readonly string[] {
  return checkedTags(keys.flatMap((key) => tagsOf(batch, key)));
}

/** The tags, each once. @throws InvalidDefinition for a tag that is empty, too long, or has a space or brace in it. */
export function checkedTags(tags: readonly string[]): readonly string[] {
  for (const tag of tags) {
    if (TAG.test(tag)) continue;
    throw new InvalidDefinition(
      `Tag ${JSON.stringify(tag.slice(0, 60).toWellFormed())} must be 1 to 200 characters without spaces or braces.`,
    );
  }
  return [...new Set(tags)];
}

/** The outcome of each key of one load. A load that rejects or leaves an id out fails those keys. */
export async function runLoad<I, V>(
  { idByKey, load }: Batch<I, V>,
  keys: readonly string[],
): Promise<ReadonlyMap<string, LoadOutcome<V>>> {
  const ids = keys.map((key) => idByKey.get(key) as I);
  // Called in an async function, so that a load that throws synchronously counts as one that rejects.
  const outcomeOf = await (async () => load(ids))().then(
    (loaded) => (id: I) =>
      loaded.has(id)
        ? (loaded.get(id) as LoadOutcome<V>)
        : new Error('the load returned no outcome for an id'),
    (cause: unknown) => () => (cause instanceof Error ? cause : new Error('the load failed', { cause })),
  );
  return new Map(keys.map((key) => [key, outcomeOf(idByKey.get(key) as I)]));
}
