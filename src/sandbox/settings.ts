import { z } from 'zod';
import { checked, InvalidInput } from './input.ts';

export const FAULTS = [
  'none',
  'hang',
  'slow-body',
  'truncated',
  'wrong-types',
  'html',
  'empty-object',
  'cut',
] as const;

/**
 * The fault in every response of the Catalog API: `hang` accepts and never responds; `slow-body` sends the headers
 * and then the body in dribs; `truncated` halves the JSON in a complete HTTP message; `wrong-types` keeps the shape
 * but sends ids as text and `totalItems` as a word; `html` is a proxy's page; `empty-object` is `{}`; `cut` breaks the
 * connection in the middle of the body.
 */
export type Fault = (typeof FAULTS)[number];

export interface SandboxSettings {
  /** What all data, latencies and errors are drawn from: 0 to 2,147,483,647. Default 1. */
  readonly seed: number;
  /** How many sellers there are: 0 to 1,000,000. Default 412. */
  readonly sellers: number;
  /** The most catalogs that a seller has, a third of them on average: 0 to 10,000. Default 60. */
  readonly maxCatalogs: number;
  /** How many lots a catalog typically carries; one in fifty has about 25 times as many. 0 to 10,000. Default 40. */
  readonly lots: number;
  /** The largest page: a larger PageSize is silently lowered to it. 1 to 100,000. Default 1000. */
  readonly maxPageSize: number;
  /** How long a request waits before it is looked at, in milliseconds, uniform: 0 to 999,999. Default 80 to 300. */
  readonly latencyMs: { readonly min: number; readonly max: number };
  /** Share of the Catalog API's requests that fail with `errorStatus`: 0 to 1. Default 0. */
  readonly errorRate: number;
  /** Status of those failures: 400 to 599, 429 and 503 with `Retry-After: 1`. Default 500. */
  readonly errorStatus: number;
  /** Default `none`. */
  readonly fault: Fault;
  /** How long an access token is good for, in seconds: 1 to 31,536,000. Default 3600. */
  readonly tokenTtlSeconds: number;
}

export const DEFAULT_SETTINGS: SandboxSettings = {
  seed: 1,
  sellers: 412,
  maxCatalogs: 60,
  lots: 40,
  maxPageSize: 1000,
  latencyMs: { min: 80, max: 300 },
  errorRate: 0,
  errorStatus: 500,
  fault: 'none',
  tokenTtlSeconds: 3600,
};

/** The least and the greatest value of each whole number. The gateway's `SANDBOX_…` variables have the same. */
export const BOUNDS = {
  seed: [0, 2_147_483_647],
  sellers: [0, 1_000_000],
  maxCatalogs: [0, 10_000],
  lots: [0, 10_000],
  maxPageSize: [1, 100_000],
  errorStatus: [400, 599],
  tokenTtlSeconds: [1, 31_536_000],
} as const;

// Catalog ids take twice this number and must stay in int32; it also bounds the list of them all.
const MAX_CATALOGS = 100_000_000;

const patch = z
  .strictObject({
    seed: whole(...BOUNDS.seed),
    sellers: whole(...BOUNDS.sellers),
    maxCatalogs: whole(...BOUNDS.maxCatalogs),
    lots: whole(...BOUNDS.lots),
    maxPageSize: whole(...BOUNDS.maxPageSize),
    latencyMs: latency(),
    errorRate: share(),
    errorStatus: whole(...BOUNDS.errorStatus),
    fault: z.enum(FAULTS, { error: `must be one of ${FAULTS.join(', ')}` }),
    tokenTtlSeconds: whole(...BOUNDS.tokenTtlSeconds),
  })
  .partial();

/**
 * The settings with the changes of `input`, an object with some of their names.
 * @throws InvalidInput that names every unknown setting and every wrong value with its bounds.
 */
export function changeSettings(settings: SandboxSettings, input: unknown): SandboxSettings {
  const changed = { ...settings, ...(checked(patch, input) as Partial<SandboxSettings>) };
  if (changed.sellers * changed.maxCatalogs > MAX_CATALOGS) {
    throw new InvalidInput(`sellers × maxCatalogs must be at most ${MAX_CATALOGS}`);
  }
  return changed;
}

/** Whether the change asks for other data. */
export function changesData(before: SandboxSettings, after: SandboxSettings): boolean {
  return (['seed', 'sellers', 'maxCatalogs', 'lots'] as const).some((name) => before[name] !== after[name]);
}

function whole(min: number, max: number, error = `must be a whole number from ${min} to ${max}`) {
  return z.int({ error }).min(min, { error }).max(max, { error });
}

function share() {
  const error = 'must be a number from 0 to 1';
  return z.number({ error }).min(0, { error }).max(1, { error });
}

function latency() {
  const error = 'must be {"min", "max"}, whole milliseconds from 0 to 999999, min not above max';
  const bound = whole(0, 999_999, error);
  return z
    .strictObject({ min: bound, max: bound }, { error })
    .refine(({ min, max }) => min <= max, { error });
}
