import { describe, expect, it } from 'vitest';
import { idsOf } from '../../../src/http/webhook/ids.ts';
import { readPayload } from '../../../src/http/webhook/payload.ts';
import { signal, textOf } from './webhook-gateway.ts';

function read(body: unknown) {
  return readPayload(Buffer.from(textOf(body)));
}

const ID = 'must be a whole number from 0 to 2147483647, as a number or in decimal digits';
const SELLERS = 'sellerIds must be a list of at most 1000 ids';
const EVENT = 'event must be a string of 1 to 64 characters';
const OCCURRED_AT =
  'occurredAt must be an ISO 8601 date and time with its offset, such as 2026-06-15T12:00:00Z';

describe('a signal', () => {
  it.each([0, 7, 2 ** 31 - 1])('accepts the id %d as a number or as a string', (id) => {
    for (const given of [id, String(id)]) {
      const { signals } = read(signal({ entity: 'catalog', id: given, sellerIds: [given] }));
      expect(signals).toMatchObject([{ id, sellerIds: [id] }]);
    }
  });

  it.each(['2026-06-15T11:59:58Z', '2026-06-15T13:59:58+02:00', '2026-06-15T11:59:58.000000Z'])(
    'has the instant of its occurredAt: %s',
    (occurredAt) => {
      const [taken] = read(signal({ occurredAt })).signals;
      expect(taken?.occurredAt.toISOString()).toBe('2026-06-15T11:59:58.000Z');
    },
  );

  it('accepts unknown fields', () => {
    expect(read(signal({ version: 2 })).signals).toHaveLength(1);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ entity: 'lot' }, 'entity must be seller or catalog'],
    [{ entity: undefined }, 'entity must be seller or catalog'],
    [{ id: -1 }, `id ${ID}`],
    [{ id: 1.5 }, `id ${ID}`],
    [{ id: 2 ** 31 }, `id ${ID}`],
    [{ id: '2147483648' }, `id ${ID}`],
    [{ id: '01' }, `id ${ID}`],
    [{ id: '-1' }, `id ${ID}`],
    [{ id: '' }, `id ${ID}`],
    [{ id: null }, `id ${ID}`],
    [{ id: [1] }, `id ${ID}`],
    [{ event: '' }, EVENT],
    [{ event: 'x'.repeat(65) }, EVENT],
    [{ event: 1 }, EVENT],
    [{ sellerIds: 1 }, SELLERS],
    [{ sellerIds: Array(1001).fill('no id') }, SELLERS],
    [{ sellerIds: [1, 'x'] }, `sellerIds.1 ${ID}`],
    [{ occurredAt: '2026-06-15' }, OCCURRED_AT],
    [{ occurredAt: '2026-06-15T12:00:00' }, OCCURRED_AT],
    [{ occurredAt: '2026-02-30T12:00:00Z' }, OCCURRED_AT],
    [{ occurredAt: 1_781_524_800 }, OCCURRED_AT],
  ])('with %j is refused with the expected format', (fields, reason) => {
    expect(read(signal(fields))).toEqual({ signals: [], refused: [{ index: 0, reason }] });
  });

  it.each([null, 1, 'x', []])('that is %j is refused', (each) => {
    expect(read([each])).toEqual({ signals: [], refused: [{ index: 0, reason: 'must be an object' }] });
  });
});

describe('the seller ids of a delivery', () => {
  const named = (count: number, id: unknown = 7) =>
    signal({ entity: 'catalog', sellerIds: Array(count).fill(id) });
  const numbers = (body: unknown) => read(body).signals.map(({ sellerIds }) => sellerIds.length);

  it('are read up to 50,000 in total; further signals have none', () => {
    const full = Array(49).fill(named(1000));
    expect(numbers([...full, named(1000)])).toEqual(Array(50).fill(1000));
    expect(numbers([...full, named(999), named(2), named(0)])).toEqual([...Array(49).fill(1000), 999, 0, 0]);
  });

  it('above the total are not validated, except for the maximum length of the list', () => {
    const { signals, refused } = read([...Array(50).fill(named(1000)), named(1, 'x'), named(1001)]);
    expect(signals.at(50)).toMatchObject({ entity: 'catalog', sellerIds: [] });
    expect(refused).toEqual([{ index: 51, reason: SELLERS }]);
  });
});

it('idsOf stops at the first invalid id', () => {
  const ids: unknown[] = [1, '2', 'x'];
  Object.defineProperty(ids, 3, {
    get() {
      throw new Error('looked at');
    },
  });
  expect(idsOf(ids)).toEqual({ faultAt: 2 });
});
