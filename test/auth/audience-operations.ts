import fc from 'fast-check';
import type { UpstreamRecord } from '../support/catalog-api-answers.ts';
import { catalogRecord, sellerRecord } from '../support/catalog-api-mock.ts';

/** A principal as `Query.viewer` shows it. */
export interface Viewer {
  readonly id: string;
  readonly name: string;
  readonly signedInAt: string | null;
  readonly expiresAt: string;
}

/** An operation in a document, with the data that it must get. */
export interface Operation {
  readonly document: string;
  /** Undefined for an operation without a name. */
  readonly name: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Whether it selects `viewer`, even if a variable skips it. */
  readonly isPersonal: boolean;
  /** Whether it reads entries, without which no response is stored. */
  readonly readsCatalogs: boolean;
  dataFor(viewer: Viewer | null): object;
}

/** A selection whose response key is unique in its operation. */
interface Part {
  readonly selection: string;
  readonly fragments?: string;
  readonly variables?: Readonly<Record<string, { readonly type: string; readonly value: unknown }>>;
  readonly isPersonal: boolean;
  valueFor(viewer: Viewer | null): object;
}

/** Creates a part with this response key. `suffix` makes the names of fragments and variables unique in the document. */
type Form = (key: string, suffix: string) => Part;

const SELLERS = 5;
export const UPSTREAM: { readonly sellers: UpstreamRecord[]; readonly catalogs: UpstreamRecord[] } = {
  sellers: Array.from({ length: SELLERS }, (_, index) => sellerRecord({ id: index + 1 })),
  catalogs: [catalogRecord({ id: 1, sellerIds: [1] }), catalogRecord({ id: 2, sellerIds: [2] })],
};

function sellersPage(page: number): object {
  const ids = [2 * page - 1, 2 * page].filter((id) => id <= SELLERS);
  return { totalItems: SELLERS, items: ids.map((id) => ({ id: `${id}`, name: `Seller ${id}` })) };
}

const OF_PAGE = '{ totalItems items { id name } }';

const catalogForms: fc.Arbitrary<Form> = fc.oneof(
  fc.integer({ min: 1, max: 3 }).map(
    (page): Form =>
      (key) => ({
        selection: `${key}: sellers(page: ${page}, pageSize: 2) ${OF_PAGE}`,
        isPersonal: false,
        valueFor: () => ({ [key]: sellersPage(page) }),
      }),
  ),
  fc.integer({ min: 1, max: 3 }).map(
    (page): Form =>
      (key, suffix) => ({
        selection: `${key}: sellers(page: $page${suffix}, pageSize: 2) ${OF_PAGE}`,
        variables: { [`page${suffix}`]: { type: 'Int!', value: page } },
        isPersonal: false,
        valueFor: () => ({ [key]: sellersPage(page) }),
      }),
  ),
  fc.integer({ min: 1, max: 2 }).map(
    (id): Form =>
      (key) => ({
        selection: `${key}: seller(id: "${id}") { name futureCatalogs { items { title } } }`,
        isPersonal: false,
        valueFor: () => ({
          [key]: { name: `Seller ${id}`, futureCatalogs: { items: [{ title: `Catalog ${id}` }] } },
        }),
      }),
  ),
);

const FIELDS: readonly (readonly (keyof Viewer)[])[] = [
  ['id', 'name', 'signedInAt', 'expiresAt'],
  ['name'],
  ['id', 'expiresAt'],
  ['signedInAt'],
];

/** How a document may select the viewer. `when` is null without a condition. */
interface Selection {
  readonly by: 'field' | 'inline' | 'fragment' | 'nested' | 'viewer-fragment';
  readonly fields: readonly (keyof Viewer)[];
  readonly when: { readonly directive: 'include' | 'skip'; readonly value: boolean } | null;
}

const viewerForms: fc.Arbitrary<Form> = fc
  .record<Selection>({
    by: fc.constantFrom('field', 'inline', 'fragment', 'nested', 'viewer-fragment'),
    fields: fc.constantFrom(...FIELDS),
    when: fc.option(fc.record({ directive: fc.constantFrom('include', 'skip'), value: fc.boolean() })),
  })
  .map(viewerForm);

function viewerForm({ by, fields, when }: Selection): Form {
  return (key, suffix) => {
    const condition = when ? ` @${when.directive}(if: $show${suffix})` : '';
    const alias = key === 'viewer' ? '' : `${key}: `;
    const field = `${alias}viewer { ${fields.join(' ')} }`;
    const [selection, fragments] = {
      field: [`${alias}viewer${condition} { ${fields.join(' ')} }`, ''],
      inline: [`... on Query${condition} { ${field} }`, ''],
      fragment: [`...A${suffix}${condition}`, `fragment A${suffix} on Query { ${field} }`],
      nested: [
        `...A${suffix}${condition}`,
        `fragment B${suffix} on Query { ... { ${field} } } fragment A${suffix} on Query { ...B${suffix} }`,
      ],
      'viewer-fragment': [
        `${alias}viewer${condition} { ...A${suffix} }`,
        `fragment A${suffix} on Viewer { ${fields.join(' ')} }`,
      ],
    }[by] as [string, string];
    const isShown = !when || when.value === (when.directive === 'include');
    return {
      selection,
      fragments,
      ...(when && { variables: { [`show${suffix}`]: { type: 'Boolean!', value: when.value } } }),
      isPersonal: true,
      valueFor(viewer) {
        if (!isShown) return {};
        return { [key]: viewer && Object.fromEntries(fields.map((each) => [each, viewer[each]])) };
      },
    };
  };
}

const forms = fc.array(
  fc.oneof({ arbitrary: catalogForms, weight: 3 }, { arbitrary: viewerForms, weight: 2 }),
  {
    minLength: 1,
    maxLength: 2,
  },
);

/** Documents with one to three operations, of which one is executed. */
export const operations: fc.Arbitrary<Operation> = fc
  .record({
    all: fc.array(forms, { minLength: 1, maxLength: 3 }),
    chosen: fc.nat(2),
    isNamed: fc.boolean(),
    ignored: fc.constantFrom('', '# a comment\n', ',, '),
  })
  .map(({ all, chosen, isNamed, ignored }) => {
    const parts = all.map((each, operation) =>
      each.map((form, index) => form(index === 0 ? 'viewer' : 'other', `${operation}${index}`)),
    );
    const index = chosen % all.length;
    const own = parts[index] as Part[];
    const hasNames = isNamed || all.length > 1;
    const variables = own.flatMap((part) => Object.entries(part.variables ?? {}));
    return {
      document:
        ignored +
        parts.map((each, operation) => textOf(each, hasNames ? `Operation${operation}` : '')).join(' ') +
        parts
          .flat()
          .map(({ fragments = '' }) => ` ${fragments}`)
          .join(''),
      name: hasNames ? `Operation${index}` : undefined,
      variables: Object.fromEntries(variables.map(([name, { value }]) => [name, value])),
      isPersonal: own.some((part) => part.isPersonal),
      readsCatalogs: own.some((part) => !part.isPersonal),
      dataFor: (viewer) => Object.assign({}, ...own.map((part) => part.valueFor(viewer))),
    };
  });

function textOf(parts: readonly Part[], name: string): string {
  const variables = parts.flatMap((part) => Object.entries(part.variables ?? {}));
  const declared = variables.map(([variable, { type }]) => `$${variable}: ${type}`).join(', ');
  const selections = parts.map(({ selection }) => selection).join(' ');
  return `query ${name}${declared && `(${declared})`} { ${selections} }`;
}
