import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bySoonest, type Catalog } from '../../src/domain/catalog.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { MAX_INSTANT_MS, MIN_INSTANT_MS } from '../../src/domain/instant.ts';
import type { Seller } from '../../src/domain/seller.ts';
import type { Route, UpstreamEvent } from '../../src/upstream/events.ts';
import { statusFailure } from '../../src/upstream/failures.ts';
import { readJson } from '../../src/upstream/json.ts';
import { createListReader } from '../../src/upstream/list-reader.ts';
import { createPayloads, type ListPage, PayloadFault } from '../../src/upstream/payloads.ts';
import type { RestClient } from '../../src/upstream/rest-client.ts';
import { groupBySeller } from '../../src/upstream/seller-chunks.ts';

// Bounds against a process that stalls or swells, far above what a busy machine needs.
const TIMEOUT_MS = 120_000;
const MAX_HEAP_GROWTH_BYTES = 300 * 1024 * 1024;
const RUNS = { numRuns: 10_000, seed: 10 } as const;

// Payloads are generated as JSON text: only text has names twice, numbers beyond a double, and escapes of half a character.

const wildText = fc.constantFrom(
  '""',
  '"\\ud83c"',
  '"Fine art \\udfa8 \\ud83c"',
  '"\\ud83c\\udfa8"',
  '"🎨"',
  '"\\u0000\\u001f\\u007f\\u2028\\ufffe"',
  '"__proto__"',
  '"2147483647"',
  `"${'x'.repeat(20_000)}"`,
);
const wildNumber = fc.constantFrom(
  ...['0', '-0', '-1', '1.5', '1e400', '-1e400', '2147483647', '2147483648', '-2147483648', '-2147483649'],
  ...['9007199254740993', '123456789012345678901234567890', '1E2', '0.1e1'],
);
const deep = fc
  .tuple(fc.constantFrom(2, 50, 3000), fc.constantFrom('[', '{"a":'))
  .map(([depth, open]) => `${open.repeat(depth)}1${(open === '[' ? ']' : '}').repeat(depth)}`);
const wild = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('null', 'true', 'false', '[]', '{}', '[null]', '{"id":1}') },
  { weight: 4, arbitrary: wildText },
  { weight: 4, arbitrary: wildNumber },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: fc.json({ maxDepth: 2 }) },
);

/** Stands for an id that no other record of the list has. */
const NEXT_ID = '#ID';
const idText = fc.oneof(
  { weight: 30, arbitrary: fc.constant(NEXT_ID) },
  { weight: 1, arbitrary: fc.constant('1') },
  { weight: 2, arbitrary: wild },
);
const dateText = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .constantFrom(
        ...[
          '2026-09-01T00:00:00',
          '2026-02-18T09:34:16.856',
          '2026-09-01T00:00:00+02:00',
          '2026-03-29T02:30:00',
        ],
        ...[
          '0001-01-01T00:00:00',
          '0001-01-01T00:00:00.0000000Z',
          '9999-12-31T23:59:59.9999999',
          '0099-01-01T00:00:00',
        ],
        ...[
          '9999-12-31T23:59:59-23:59',
          '0100-01-01T00:00:00+14:00',
          '2026-02-30T00:00:00',
          '2026-09-01T24:00:00',
        ],
        ...[
          '2016-12-31T23:59:60Z',
          '+010000-01-01T00:00:00',
          '-000001-01-01T00:00:00',
          '2026-09-01',
          'soon',
          '',
        ],
      )
      .map((text) => JSON.stringify(text)),
  },
  { weight: 1, arbitrary: wild },
);
const nameText = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('"Someone"', 'null') },
  { weight: 2, arbitrary: wildText },
  { weight: 1, arbitrary: wild },
);
const sellersText = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .array(fc.oneof(fc.constantFrom('1', '2', '3'), wild), { maxLength: 3 })
      .map((ids) => `[${ids.map((id) => `{"id":${id}}`)}]`),
  },
  { weight: 1, arbitrary: wild },
);

/** An object with these members, some of them left out, given twice, or beside names that objects have already. */
const objectText = (members: Record<string, fc.Arbitrary<string>>) =>
  fc
    .tuple(
      fc.record(members, { requiredKeys: [] }),
      fc.array(fc.tuple(fc.constantFrom('__proto__', 'constructor', 'toString', 'extra', 'id'), wild), {
        maxLength: 1,
      }),
      fc.boolean(),
    )
    .map(([known, others, othersFirst]) => {
      const given = Object.entries(known);
      const all = othersFirst ? [...others, ...given] : [...given, ...others];
      return `{${all.map(([name, value]) => `${JSON.stringify(name)}:${value}`)}}`;
    });

const flagText = fc.constantFrom('true', 'false', 'null', '0', '"true"', '{}');
const goodSeller = fc.constant(`{"id":${NEXT_ID},"name":"Someone","customerDisplayId":7}`);
const goodCatalog = fc
  .subarray([1, 2, 3], { minLength: 1 })
  .map((ids) => ids.map((id) => `{"id":${id}}`))
  .map((sellers) => `{"id":${NEXT_ID},"startDate":"2026-09-01T00:00:00","sellers":[${sellers}]}`);
const seller = fc.oneof(
  { weight: 3, arbitrary: goodSeller },
  {
    weight: 1,
    arbitrary: objectText({ id: idText, name: nameText, customerDisplayId: idText, isActive: flagText }),
  },
);
const catalog = fc.oneof(
  { weight: 3, arbitrary: goodCatalog },
  {
    weight: 1,
    arbitrary: objectText({
      id: idText,
      title: nameText,
      customerCatalogId: nameText,
      startDate: dateText,
      agent: nameText,
      endDate: dateText,
      isCompleted: flagText,
      sellers: sellersText,
    }),
  },
);

/** One in thirty is of `rare`. */
const rarely = (rare: fc.Arbitrary<string>, usual: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 29, arbitrary: usual }, { weight: 1, arbitrary: rare });

/** The items of each page of a list, and what the pages say of it, which may be so. */
const listOf = (item: fc.Arbitrary<string>) =>
  fc
    .tuple(
      fc.array(fc.array(rarely(wild, item), { maxLength: 4 }), { minLength: 1, maxLength: 3 }),
      fc.oneof(
        { weight: 6, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: -2, max: 2 }) },
      ),
      fc.oneof(
        { weight: 5, arbitrary: fc.constant(null) },
        {
          weight: 1,
          arbitrary: fc.tuple(
            fc.nat(2),
            fc.constantFrom('items', 'totalItems', 'totalPages', 'hasNextPage'),
            wild,
          ),
        },
      ),
      fc.oneof(
        { weight: 40, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.constantFrom('', '[', 'null', '<html>', '{"items":[', '\ufeff{}') },
      ),
    )
    .map(([pages, off, spoiled, broken]) => {
      const totalItems = pages.flat().length + off;
      let id = 0;
      return pages.map((items, index) => {
        if (broken !== null && index === pages.length - 1) return broken;
        const members: Record<string, string> = {
          items: `[${items}]`,
          totalItems: String(totalItems),
          totalPages: String(pages.length),
          hasNextPage: String(index < pages.length - 1),
        };
        if (spoiled?.[0] === index) members[spoiled[1]] = spoiled[2];
        const text = `{${Object.entries(members).map(([name, value]) => `"${name}":${value}`)}}`;
        return text.replaceAll(NEXT_ID, () => String(++id));
      });
    });

/** Reads lists whose pages are JSON text; what is not among them is not found. */
function createReader() {
  const events: UpstreamEvent[] = [];
  const report = (event: UpstreamEvent) => void events.push(event);
  let pages: readonly string[] = [];
  const find: RestClient['find'] = async (route, url, read) => {
    const text = pages[Number(url) - 1];
    return text === undefined
      ? null
      : readJson(route, { status: 200, retryAfter: null, text, bytes: text.length }, read, report);
  };
  const get: RestClient['get'] = async (route, url, read) => {
    const page = await find(route, url, read);
    if (page === null) throw statusFailure(404);
    return page;
  };
  const clock = { now: () => 0, monotonic: () => 0 };
  const client = { get, find };
  const readList = createListReader({ client, concurrency: 4, maxBodyBytes: 2 ** 25, clock, report });
  return {
    /** The list, or the GatewayError that it fails with. */
    async read<T extends { readonly id: number }>(
      route: Route,
      texts: readonly string[],
      readPage: (body: unknown) => ListPage<T>,
    ) {
      pages = texts;
      events.length = 0;
      return readList(route, String, readPage, {}).catch((error: unknown) => {
        if (error instanceof GatewayError) return error;
        throw error;
      });
    },
  };
}

const isInt32 = (value: unknown) => Number.isInteger(value) && (value as number) === ((value as number) | 0);
const isText = (value: unknown) => value === null || (typeof value === 'string' && value.isWellFormed());

function checkSeller({ id, name, customerDisplayId, isActive, ...rest }: Seller) {
  expect(isInt32(id) && isText(name) && (customerDisplayId === null || isInt32(customerDisplayId))).toBe(
    true,
  );
  expect([true, false, null]).toContain(isActive);
  expect(rest).toEqual({});
}

function checkCatalog(catalog: Catalog) {
  const { id, title, customerCatalogId, agent, startDate, endDate, isCompleted, sellerIds } = catalog;
  expect([id, ...sellerIds].every(isInt32) && [title, customerCatalogId, agent].every(isText)).toBe(true);
  expect([true, false, null]).toContain(isCompleted);
  for (const date of [startDate, endDate]) {
    if (date === null) continue;
    expect(date.getTime()).toBeGreaterThanOrEqual(MIN_INSTANT_MS);
    expect(date.getTime()).toBeLessThanOrEqual(MAX_INSTANT_MS);
  }
}

/** What a page holds and says, as far as it is a page. */
function pageOf(text: string): { rows: number; totalItems: number } {
  const { items, totalItems } = JSON.parse(text);
  return { rows: items?.length ?? 0, totalItems };
}

describe('arbitrary payloads', () => {
  let heapBefore = 0;
  beforeEach(() => {
    heapBefore = process.memoryUsage().heapUsed;
  });
  afterEach(() => {
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(MAX_HEAP_GROWTH_BYTES);
  });

  it('give whole lists of sellers, or a GatewayError', { timeout: TIMEOUT_MS }, async () => {
    const { sellerPage } = createPayloads('America/New_York');
    const reader = createReader();
    let whole = 0;
    await fc.assert(
      fc.asyncProperty(listOf(seller), async (pages) => {
        const list = await reader.read('GET /Seller', pages, sellerPage);
        if (list instanceof GatewayError) return;
        whole += 1;
        const { items, rejected } = list;
        for (const each of items) checkSeller(each);
        expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
        const read = pages.map(pageOf);
        const rows = read.reduce((sum, page) => sum + page.rows, 0);
        const totalItems = Math.max(...read.map((page) => page.totalItems));
        // A record may be sent twice, once of them invalid.
        const ids = new Set([...items, ...rejected].map(({ id }, index) => id ?? `unknown ${index}`));
        expect([ids.size, items.length + rejected.length, rows]).toContain(totalItems);
        if (rows > 0) expect(items.length + rejected.length).toBeGreaterThan(0);
      }),
      RUNS,
    );
    expect(whole).toBeGreaterThan(RUNS.numRuns / 10);
  });

  it('give lists of catalogs for each seller, or a GatewayError', { timeout: TIMEOUT_MS }, async () => {
    const { catalogPage } = createPayloads('America/New_York');
    const reader = createReader();
    let whole = 0;
    await fc.assert(
      fc.asyncProperty(listOf(catalog), async (pages) => {
        const list = await reader.read('GET /Catalog', pages, catalogPage);
        if (list instanceof GatewayError) return;
        whole += 1;
        const { bySeller, unmatched, unreadable } = groupBySeller([1, 2, 3], list.items, list.rejected);
        expect([...bySeller.keys()]).toEqual([1, 2, 3]);
        for (const catalogs of bySeller.values()) {
          for (const each of catalogs) checkCatalog(each);
          expect(new Set(catalogs.map(({ id }) => id)).size).toBe(catalogs.length);
          expect(catalogs).toEqual([...catalogs].sort(bySoonest));
        }
        for (const id of unreadable) expect(bySeller.get(id)).toEqual([]);
        const matched = new Set([...bySeller.values()].flat().map(({ id }) => id));
        expect(matched.size + unmatched).toBe(list.items.length);
      }),
      RUNS,
    );
    expect(whole).toBeGreaterThan(RUNS.numRuns / 10);
  });

  it('give one seller and one catalog, or a PayloadFault', { timeout: TIMEOUT_MS }, () => {
    const payloads = createPayloads('America/New_York');
    let good = 0;
    const tried = <T>(read: (body: unknown) => T, body: unknown, check: (value: T) => void) => {
      try {
        check(read(body));
        good += 1;
      } catch (error) {
        if (!(error instanceof PayloadFault)) throw error;
      }
    };
    fc.assert(
      fc.property(fc.oneof(seller, catalog, wild), (text) => {
        const body: unknown = JSON.parse(text.replaceAll(NEXT_ID, '7'));
        tried((json) => payloads.seller(7, json), body, checkSeller);
        tried((json) => payloads.catalog(7, json), body, checkCatalog);
      }),
      RUNS,
    );
    expect(good).toBeGreaterThan(RUNS.numRuns / 10);
  });
});
