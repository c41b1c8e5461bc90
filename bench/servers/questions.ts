import { createRandom, shuffled } from '../lib/random.ts';

const PAGE = `query Page($page: Int!, $pageSize: Int!, $catalogs: Int!) {
  sellers(page: $page, pageSize: $pageSize) {
    page
    pageSize
    totalItems
    totalPages
    hasNextPage
    items {
      id
      name
      customerDisplayId
      futureCatalogs(pageSize: $catalogs) {
        pageSize
        totalItems
        items { id title customerCatalogId startDate }
      }
    }
  }
}`;

/** Default number of sellers. */
export const SELLERS = 412;

/** Requests a page of sellers, each with at most that many of its future catalogs. */
export function pageQuestion(page: number, pageSize = 25, catalogs = 5): string {
  return JSON.stringify({ query: PAGE, variables: { page, pageSize, catalogs } });
}

/**
 * A thousand requests for full pages of 20 to 30 sellers with up to 6 catalogs each, in random order; a hundred in a quick
 * run.
 */
export function thousandQuestions({ quick }: { readonly quick: boolean }): readonly string[] {
  const all = range(20, 30).flatMap((pageSize) =>
    range(1, Math.floor(SELLERS / pageSize)).flatMap((page) =>
      range(1, 6).map((catalogs) => pageQuestion(page, pageSize, catalogs)),
    ),
  );
  return shuffled(all, createRandom(1)).slice(0, quick ? 100 : 1000);
}

/** At most 100,000 requests with distinct responses, for pages of 5 to 16 sellers with up to 200 catalogs each. */
export function differentQuestions(count: number): readonly string[] {
  const questions: string[] = [];
  for (const pageSize of range(5, 16)) {
    for (const page of range(1, Math.ceil(SELLERS / pageSize))) {
      for (const catalogs of range(1, 200)) {
        if (questions.length === count) return questions;
        questions.push(pageQuestion(page, pageSize, catalogs));
      }
    }
  }
  return questions;
}

const SEARCH = `query Search($search: String!) {
  sellers(search: $search) { totalItems items { id name customerDisplayId } }
}`;

/** Searches for beginnings of words of the sellers, each once: one word, or one and a part of another. */
export function searchQuestions(
  sellers: readonly { readonly name: string | null; readonly customerDisplayId: number | null }[],
  count: number,
): readonly string[] {
  const random = createRandom(3);
  const searches = new Set<string>();
  // Not all draws are different.
  for (let draws = 0; searches.size < count && draws < 100 * count; draws += 1) {
    const { name, customerDisplayId } = sellers[Math.floor(random() * sellers.length)] ?? {};
    const words = `${name ?? ''} ${customerDisplayId ?? ''}`.match(/[\p{L}\p{N}]+/gu) ?? [];
    const [first = '', second = ''] = shuffled(words, random);
    const begin = (word: string) => word.slice(0, 2 + Math.floor(random() * 4));
    searches.add(random() < 0.5 ? begin(first) : `${first} ${begin(second)}`);
  }
  return [...searches].map((search) => JSON.stringify({ query: SEARCH, variables: { search } }));
}

const UPCOMING = `query Upcoming($from: DateTime!, $to: DateTime!, $page: Int!) {
  upcomingCatalogs(from: $from, to: $to, page: $page) {
    page
    totalItems
    totalPages
    items { id title customerCatalogId startDate }
  }
}`;

const DAY_MS = 24 * 3_600_000;

/** Pages of the catalogs of all sellers in different periods, from a day to a quarter of a year long. */
export function upcomingQuestions(from: Date, count: number): readonly string[] {
  const random = createRandom(4);
  return range(1, count).map((n) => {
    const startsAt = from.getTime() + Math.floor(90 * random()) * DAY_MS;
    const endsAt = startsAt + Math.ceil(90 * random()) * DAY_MS;
    const variables = {
      from: new Date(startsAt).toISOString(),
      to: new Date(endsAt).toISOString(),
      page: 1 + (n % 3),
    };
    return JSON.stringify({ query: UPCOMING, variables });
  });
}

const SELLER = `subscription Seller($id: ID!, $page: Int!, $pageSize: Int!) {
  seller(id: $id) {
    id
    name
    customerDisplayId
    later: futureCatalogs(page: $page, pageSize: $pageSize) {
      page
      pageSize
      totalItems
      items { id customerCatalogId startDate }
    }
    next: futureCatalogs(pageSize: 1) { items { id title } }
  }
}`;

/** Subscribes to the title of the seller's next catalog, with different pages of the later ones: at most 1,000. */
export function liveQuestions(id: string, count: number): readonly string[] {
  return range(1, count).map((n) => {
    const variables = { id, page: Math.ceil(n / 100), pageSize: 5 + (n % 100) };
    return JSON.stringify({ query: SELLER, variables });
  });
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
