import type { LocalDate, SandboxCatalog } from '../data/catalogs.ts';
import type { Dataset } from '../data/dataset.ts';
import type { SandboxSeller } from '../data/sellers.ts';
import { flag, int32, positive, readParameters, text, time } from './parameters.ts';

/** The OpenAPI description names no defaults for these. */
const DEFAULT_PAGE_SIZE = 10;
const DEFAULT_PAGE_NUMBER = 1;

const PAGING = { PageSize: positive, PageNumber: positive };
const SELLER = { Id: int32, Name: text, CustomerDisplayId: int32, IsActive: flag, ...PAGING };
const CATALOG = {
  Id: int32,
  CustomerCatalogId: text,
  Agent: text,
  Title: text,
  StartDate: time,
  EndDate: time,
  IsCompleted: flag,
  SellerIds: int32,
  ...PAGING,
};

/** The ids that a query asks for, all pages of them, and which page to send. */
export interface Selection {
  readonly ids: Int32Array;
  readonly pageSize: number;
  readonly pageNumber: number;
}

type Given = Iterable<readonly [string, string]>;

/** Throws InvalidParameters. */
export function selectSellers(data: Dataset, query: Given): Selection {
  const { Id, Name, CustomerDisplayId, IsActive, ...paging } = readParameters(SELLER, query);
  const matches = allOf<SandboxSeller>([
    when(Id, (id) => (seller) => seller.id === id),
    when(Name, (part) => (seller) => contains(seller.name, part)),
    when(CustomerDisplayId, (id) => (seller) => seller.customerDisplayId === id),
    when(IsActive, (isActive) => (seller) => seller.isActive === isActive),
  ]);
  const candidates = Id[0] === undefined ? data.allSellerIds() : Int32Array.of(Id[0]);
  return select(candidates, data.seller, matches, paging);
}

/**
 * Texts are looked for anywhere and in any case; the dates are the ends of a range, both included, that a catalog
 * without dates is not in. Throws InvalidParameters.
 */
export function selectCatalogs(data: Dataset, query: Given): Selection {
  const { Id, CustomerCatalogId, Agent, Title, StartDate, EndDate, IsCompleted, SellerIds, ...paging } =
    readParameters(CATALOG, query);
  const matches = allOf<SandboxCatalog>([
    when(Id, (id) => (catalog) => catalog.id === id),
    when(CustomerCatalogId, (part) => (catalog) => contains(catalog.customerCatalogId, part)),
    when(Agent, (part) => (catalog) => contains(catalog.agent, part)),
    when(Title, (part) => (catalog) => contains(catalog.title, part)),
    when(StartDate, (from) => (catalog) => instant(catalog.startDate) >= from),
    when(EndDate, (to) => (catalog) => instant(catalog.endDate) <= to),
    when(IsCompleted, (isCompleted) => (catalog) => catalog.isCompleted === isCompleted),
  ]);
  return select(candidates(), data.catalog, matches, paging);

  function candidates(): Int32Array {
    if (SellerIds.length > 0) return data.catalogIdsOf(SellerIds);
    return Id[0] === undefined ? data.allCatalogIds() : Int32Array.of(Id[0]);
  }
}

type Test<T> = (record: T) => boolean;

/** The test for a parameter's first value, if it was given: the upstream reads no further ones. */
function when<V, T>([value]: readonly V[], test: (value: V) => Test<T>): Test<T> | null {
  return value === undefined ? null : test(value);
}

function allOf<T>(tests: readonly (Test<T> | null)[]): Test<T> | null {
  const given = tests.filter((test) => test !== null);
  return given.length === 0 ? null : (record) => given.every((test) => test(record));
}

// Records are made up only for a test: without one, a page out of millions costs no more than its items.
function select<T>(
  candidates: Int32Array,
  recordOf: (id: number) => T | null,
  matches: Test<T> | null,
  { PageSize, PageNumber }: { PageSize: readonly number[]; PageNumber: readonly number[] },
): Selection {
  const isMatch = (id: number) => {
    const record = recordOf(id);
    return record !== null && matches?.(record) === true;
  };
  return {
    ids: matches === null ? candidates : candidates.filter(isMatch),
    pageSize: PageSize[0] ?? DEFAULT_PAGE_SIZE,
    pageNumber: PageNumber[0] ?? DEFAULT_PAGE_NUMBER,
  };
}

function contains(value: string | null, part: string): boolean {
  // ASP.NET reads an empty text as none given.
  if (part === '') return true;
  return value?.toLowerCase().includes(part.toLowerCase()) ?? false;
}

/** NaN, which is in no range, where there is no date. The sandbox's own dates need no further check. */
function instant(date: LocalDate): number {
  return date == null ? Number.NaN : Date.parse(`${date}Z`);
}
