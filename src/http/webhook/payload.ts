import { z } from 'zod';
import type { ChangeSignal } from '../../repository/index.ts';
import { parseJson } from '../json.ts';
import { RequestRefused } from '../refusal.ts';
import { ID_FAULT, idOf, idsOf } from './ids.ts';

/** A delivery, read: a signal that cannot be read does not take the others with it. */
export interface Payload {
  readonly signals: readonly ChangeSignal[];
  readonly refused: readonly Fault[];
}

/** The index of a signal, from 0, and its fault. */
interface Fault {
  readonly index: number;
  readonly reason: string;
}

const MAX_SIGNALS = 20_000;
const MAX_SELLERS = 1000;

// The limit of a whole delivery. Its size in bytes allows millions, which would block all other requests, although an
// invalidation of that many tags becomes one of everything.
const MAX_SELLERS_TOGETHER = 50_000;

const SELLERS_FAULT = `must be a list of at most ${MAX_SELLERS} ids`;
const EVENT_FAULT = { error: 'must be a string of 1 to 64 characters' };

const signal = z.object(
  {
    // Any event makes the cached entries of the entity old.
    event: z.string(EVENT_FAULT).min(1, EVENT_FAULT).max(64, EVENT_FAULT),
    entity: z.enum(['seller', 'catalog'], { error: 'must be seller or catalog' }),
    id: z.custom<unknown>((given) => idOf(given) !== undefined, ID_FAULT),
    // Only their number is checked here: zod would make an issue of each invalid id.
    sellerIds: z.custom<readonly unknown[]>(isShortList, SELLERS_FAULT).nullish(),
    occurredAt: z.iso.datetime({
      offset: true,
      error: 'must be an ISO 8601 date and time with its offset, such as 2026-06-15T12:00:00Z',
    }),
  },
  { error: 'must be an object' },
);

/** @throws RequestRefused for a body that is not a list of signals. */
export function readPayload(body: Buffer): Payload {
  const json = parse(body);
  const given: readonly unknown[] = Array.isArray(json) ? json : [json];
  if (given.length === 0 || given.length > MAX_SIGNALS) {
    throw new RequestRefused(400, `A delivery must have 1 to ${MAX_SIGNALS} signals, not ${given.length}.`);
  }
  const signals: ChangeSignal[] = [];
  const refused: Fault[] = [];
  let sellers = 0;
  given.forEach((each, index) => {
    const { data, error } = signal.safeParse(each);
    if (error) {
      refused.push({ index, reason: reasonOf(error) });
      return;
    }
    const { entity, id, sellerIds, occurredAt } = data;
    const named = sellerIds ?? [];
    sellers += named.length;
    // Sellers beyond the limit count as unknown: the signal then reaches more, and misses nothing.
    const ids = sellers <= MAX_SELLERS_TOGETHER ? idsOf(named) : [];
    if ('faultAt' in ids) refused.push({ index, reason: `sellerIds.${ids.faultAt} ${ID_FAULT}` });
    else signals.push({ entity, id: idOf(id) as number, sellerIds: ids, occurredAt: new Date(occurredAt) });
  });
  return { signals, refused };
}

function isShortList(given: unknown): boolean {
  return Array.isArray(given) && given.length <= MAX_SELLERS;
}

function parse(body: Buffer): unknown {
  try {
    return parseJson(body);
  } catch {
    throw new RequestRefused(400, 'The request body is not valid JSON.');
  }
}

/** The first fault, with the name of its field. The value is not repeated: it can contain anything. */
function reasonOf({ issues: [first] }: z.ZodError): string {
  return [first?.path.join('.'), first?.message].filter(Boolean).join(' ');
}
