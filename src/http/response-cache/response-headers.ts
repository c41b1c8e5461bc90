import type { Derived } from '../../cache/index.ts';
import type { Audience } from './audience.ts';
import { age, cacheControl } from './cache-control.ts';
import { type CacheOutcome, cacheStatus } from './cache-status.ts';
import type { StoredAnswer, Variant } from './stored-response.ts';
import { surrogateHeaders } from './surrogate-keys.ts';

/** Headers as node writes them: names and values in turn. */
export type HeaderList = readonly string[];

export interface AnswerHeadersOptions {
  /** What all answers vary by. */
  readonly vary: string;
  /** Whether CDNs are told the tags of answers. */
  readonly surrogateKeys: boolean;
}

/** All that is said of an answer beside its bytes. `derived` is null for one that nobody may keep. */
export type AnswerHeaders = (
  variant: Variant,
  answer: StoredAnswer,
  derived: Derived<StoredAnswer> | null,
  audience: Audience,
  outcome: CacheOutcome,
  now: number,
) => HeaderList;

interface Remembered {
  readonly derived: Derived<StoredAnswer>;
  /** The last moment for which it is true, by the monotonic clock. */
  readonly until: number;
  readonly list: HeaderList;
}

export function createAnswerHeaders({ vary, surrogateKeys }: AnswerHeadersOptions): AnswerHeaders {
  // They change once or twice a second, and are sent tens of thousands of times.
  const hits = { public: new WeakMap<Variant, Remembered>(), private: new WeakMap<Variant, Remembered>() };

  return (variant, answer, derived, audience, outcome, now) => {
    if (derived === null || outcome.kind !== 'hit' || outcome.tooSoon || outcome.afterFailure)
      return listOf(variant, answer, derived, audience, outcome, now);
    const known = hits[audience].get(variant);
    if (known && known.derived === derived && now <= known.until) return known.list;
    const list = listOf(variant, answer, derived, audience, outcome, now);
    hits[audience].set(variant, { derived, until: trueUntil(derived, now), list });
    return list;
  };

  function listOf(
    { coding, bytes, etag }: Variant,
    { mediaType }: StoredAnswer,
    derived: Derived<StoredAnswer> | null,
    audience: Audience,
    outcome: CacheOutcome,
    now: number,
  ): HeaderList {
    const list = ['Content-Type', `${mediaType}; charset=utf-8`, 'Content-Length', String(bytes.length)];
    if (coding !== 'identity') list.push('Content-Encoding', coding);
    list.push(
      'Vary',
      vary,
      'X-Content-Type-Options',
      'nosniff',
      'Cache-Status',
      cacheStatus(withTtl(outcome, derived, now)),
    );
    if (derived === null) return [...list, 'Cache-Control', cacheControl(null)];
    const { freshUntil, staleUntil, loadBeganAt, tags } = derived;
    const validity = { audience, freshMs: freshUntil - loadBeganAt, staleMs: staleUntil - loadBeganAt };
    list.push('ETag', etag, 'Cache-Control', cacheControl(validity), 'Age', String(age(now, loadBeganAt)));
    if (surrogateKeys) list.push(...Object.entries(surrogateHeaders(tags)).flat());
    return list;
  }
}

/** No cache in front keeps it for longer than `ttl`, nor do we: the other headers are rounded as well. */
function withTtl(outcome: CacheOutcome, derived: Derived<unknown> | null, now: number): CacheOutcome {
  if (outcome.kind !== 'hit' || derived === null) return outcome;
  const { freshUntil, loadBeganAt } = derived;
  const left = Math.floor((freshUntil - loadBeganAt) / 1000) - age(now, loadBeganAt);
  return { ...outcome, ttlSeconds: Math.min((freshUntil - now) / 1000, left) };
}

/** The last moment at which the whole seconds that the headers tell, of its age and of what is left, are those of now. */
function trueUntil({ freshUntil, loadBeganAt }: Derived<unknown>, now: number): number {
  const left = Math.floor((freshUntil - now) / 1000) * 1000;
  return Math.min(freshUntil - left, loadBeganAt + age(now, loadBeganAt) * 1000);
}
