import { z } from 'zod';
import type { ChangeSignal } from '../../repository/index.ts';
import { RequestRefused } from '../refusal.ts';

/** A delivery, read: a signal that cannot be read does not take the others with it. */
export interface Payload {
  readonly signals: readonly ChangeSignal[];
  readonly refused: readonly Fault[];
}

/** Which of the signals, counted from 0, and what is wrong with it. */
interface Fault {
  readonly index: number;
  readonly reason: string;
}

const MOST_SIGNALS = 20_000;
const MOST_SELLERS = 1000;

const ID_FAULT = { error: 'must be a whole number from 0 to 2147483647, as a number or in decimal digits' };
const SELLERS_FAULT = { error: `must be a list of at most ${MOST_SELLERS} ids` };
const EVENT_FAULT = { error: 'must be a text of 1 to 64 characters' };

const id = z.union(
  [
    z.int32(ID_FAULT).min(0, ID_FAULT),
    z
      .string()
      .regex(/^(0|[1-9]\d{0,9})$/)
      .transform(Number)
      .pipe(z.int32(ID_FAULT)),
  ],
  ID_FAULT,
);

const signal = z.object(
  {
    // Whatever happened, what is cached of it is old.
    event: z.string(EVENT_FAULT).min(1, EVENT_FAULT).max(64, EVENT_FAULT),
    entity: z.enum(['seller', 'catalog'], { error: 'must be seller or catalog' }),
    id,
    // Counted before they are looked at: each that is wrong makes an issue of its own.
    sellerIds: z
      .array(z.unknown(), SELLERS_FAULT)
      .max(MOST_SELLERS, SELLERS_FAULT)
      .pipe(z.array(id))
      .nullish(),
    occurredAt: z.iso.datetime({
      offset: true,
      error: 'must be an ISO 8601 date and time with its offset, such as 2026-06-15T12:00:00Z',
    }),
  },
  { error: 'must be an object' },
);

/** @throws RequestRefused for what is no list of signals at all. */
export function readPayload(body: Buffer): Payload {
  const json = parse(body);
  const given: readonly unknown[] = Array.isArray(json) ? json : [json];
  if (given.length === 0 || given.length > MOST_SIGNALS) {
    throw new RequestRefused(400, `A delivery has 1 to ${MOST_SIGNALS} signals, not ${given.length}.`);
  }
  const signals: ChangeSignal[] = [];
  const refused: Fault[] = [];
  given.forEach((each, index) => {
    const { data, error } = signal.safeParse(each);
    if (error) refused.push({ index, reason: reasonOf(error) });
    else
      signals.push({
        entity: data.entity,
        id: data.id,
        sellerIds: data.sellerIds ?? [],
        occurredAt: new Date(data.occurredAt),
      });
  });
  return { signals, refused };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new RequestRefused(400, 'The request body is not valid JSON.');
  }
}

/** The first fault by the name of its field. The value is not repeated, for nobody knows what is in it. */
function reasonOf({ issues: [first] }: z.ZodError): string {
  return [first?.path.join('.'), first?.message].filter(Boolean).join(' ');
}
