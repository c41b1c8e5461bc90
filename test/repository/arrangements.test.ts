import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../src/domain/catalog.ts';
import type { List } from '../../src/domain/list.ts';
import { createArrangements } from '../../src/repository/arrangements.ts';
import { idsOf } from '../../src/repository/rows.ts';
import { createSearchIndex } from '../../src/repository/search-index.ts';
import { requiredWords, searchWords } from '../../src/repository/search-words.ts';
import { sortInSlices } from '../../src/repository/sorting.ts';
import { catalog, seller } from '../support/records.ts';

describe('the words of a search', () => {
  it.each([
    ['Crème Brûlée', ['creme', 'brulee']],
    ['ŁÓDŹ øst', ['lodz', 'ost']],
    ['Straße', ['strasse']],
    ['Æther & Co.', ['aether', 'co']],
    ['İstanbul ıslak', ['istanbul', 'islak']],
    ['ﬁne ＡＢＣ', ['fine', 'abc']],
    ['競売 Ελλάς', ['競売', 'ελλασ']],
    ['ΣΑΣ σας', ['σασ', 'σασ']],
    ["O'Brien-Smith 2nd", ['o', 'brien', 'smith', '2nd']],
    [' - ', []],
  ])('of %j are folded runs of letters and digits', (text, words) => {
    expect(searchWords(text)).toEqual(words);
  });

  it('are the same for composed and decomposed text', () => {
    for (const text of ['Åsa Ñandú', 'Việt Nam', 'żółć'])
      expect(searchWords(text.normalize('NFD'))).toEqual(searchWords(text.normalize('NFC')));
  });
});

describe('the required words of a search', () => {
  it.each([
    ['auction house', ['auction', 'house']],
    ['a auction au', ['auction']],
    ['auction a', ['auction']],
    ['house HOUSE hous', ['house']],
    ['a '.repeat(50), ['a']],
    ['4 42 42', ['42']],
  ])('of %j are those that begin no other word', (search, words) => {
    expect(requiredWords(search)).toEqual(words);
  });
});

describe('a search index', () => {
  const texts = ['alpha beta', 'beta', 'al', 'a', '', 'alpine alpha', 'ΑΛΦΑ alp'];

  it('finds a name with an apostrophe by each of its forms', async () => {
    const index = await createSearchIndex(["O'Brien & Sons", 'D’Arcy'], (text) => [text]);
    for (const query of ['obrien', "o'brien", 'brien', 'O’BRI', 'o'])
      expect(index.find(searchWords(query))).toContain(0);
    expect(index.find(searchWords('darcy'))).toEqual([1]);
  });

  it('finds what a scan of all words finds, in the order of the list', async () => {
    const index = await createSearchIndex(texts, (text) => [text, null]);
    const queries = ['a', 'al', 'alp', 'alpha', 'b al', 'alp alpi', 'beta alpha', 'z', 'a a', 'αλ'];
    for (const query of queries) {
      const words = searchWords(query);
      const scanned = [...texts.keys()].filter((position) =>
        words.every((word) => searchWords(texts[position] ?? '').some((each) => each.startsWith(word))),
      );
      expect(index.find(words), query).toEqual(scanned);
    }
  });
});

describe('a sort in slices', () => {
  it.each([0, 1, 511, 512, 513, 5000])('equals a stable sort of %d items', async (length) => {
    const list = Array.from({ length }, (_, index) => ({ key: (index * 7919) % 101, index }));
    const byKey = (a: { key: number }, b: { key: number }) => a.key - b.key;
    expect(await sortInSlices(list, byKey)).toEqual(list.toSorted(byKey));
  });

  it('lets other work run in between', async () => {
    let turns = 0;
    let isSorted = false;
    const turn = () => {
      turns += 1;
      if (!isSorted) setImmediate(turn);
    };
    setImmediate(turn);
    await sortInSlices(
      Array.from({ length: 20_000 }, (_, index) => -index),
      (a, b) => a - b,
    );
    isSorted = true;
    expect(turns).toBeGreaterThan(30);
  });
});

describe('an arranged list', () => {
  const sellers = [seller(2, { name: 'B 10' }), seller(1, { name: 'b 9' }), seller(3, { name: null })];

  it('is computed once, and shared by all readers of the list', async () => {
    const { sellers: arrange } = createArrangements('en');
    const orderBy = { field: 'NAME', direction: 'ASC' } as const;
    const [one, other] = await Promise.all([arrange(sellers, { orderBy }), arrange(sellers, { orderBy })]);
    expect(idsOf(one)).toEqual([1, 2, 3]);
    expect(other).toBe(one);
    expect(await arrange([...sellers], { orderBy })).not.toBe(one);
    expect(await arrange(sellers, {})).toBe(sellers);
  });

  it('is the same object for the same range, so that its pages are remembered', () => {
    const { catalogs: arrange } = createArrangements('en');
    const list = Array.from({ length: 300 }, (_, index) => catalog(index + 1));
    const rangeFrom = (start: number) => arrange(list, { range: { start, end: 300 } });
    const first = rangeFrom(0);
    for (let start = 1; start < 300; start += 1)
      expect(idsOf(rangeFrom(start) as List<Catalog>)).toEqual(idsOf(list).slice(start));
    expect(rangeFrom(299)).toBe(rangeFrom(299));
    // Only so many ranges are remembered.
    expect(rangeFrom(0)).not.toBe(first);
    expect(rangeFrom(0)).toBe(rangeFrom(0));
  });

  it('may be limited to a range of the list, in each order', async () => {
    const { catalogs: arrange } = createArrangements('en');
    const list = [1, 2, 3, 4, 5].map((id) => catalog(id, { title: id % 2 ? 'Odd' : 'Even' }));
    const arranged = async (arrangement: Parameters<typeof arrange>[1]) =>
      idsOf(await arrange(list, arrangement));
    const range = { start: 1, end: 4 };
    const orderBy = { field: 'ID', direction: 'DESC' } as const;
    expect(await arranged({ range })).toEqual([2, 3, 4]);
    expect(await arranged({ range, orderBy })).toEqual([4, 3, 2]);
    expect(await arranged({ range, search: 'odd' })).toEqual([3]);
    expect(await arranged({ search: 'odd', orderBy })).toEqual([5, 3, 1]);
    expect(await arranged({ range, search: 'even', orderBy })).toEqual([4, 2]);
  });
});
