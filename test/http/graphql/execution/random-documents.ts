import fc from 'fast-check';
import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
} from 'graphql';
import type { Shelf } from './both-ways.ts';

/** Ids of sellers and catalogs, some of which exist. */
const IDS = [1, 2, 3, -4];

const date = fc.option(fc.date({ noInvalidDate: true }));
const text = fc.option(fc.string({ unit: 'binary' }));

/** The data of the tests, with or without sellers that fail. */
export function randomShelf({ failing }: { failing: boolean }): fc.Arbitrary<Shelf> {
  const catalog = fc.record({
    ...{ id: fc.integer(), title: text, customerCatalogId: text, startDate: date },
    ...{ agent: text, endDate: date, isCompleted: fc.option(fc.boolean()) },
    sellerIds: fc.array(fc.constantFrom(...IDS, 99), { maxLength: 3 }),
  });
  const list = fc.oneof(
    { weight: 3, arbitrary: fc.array(catalog, { maxLength: 4 }) },
    { weight: failing ? 1 : 0, arbitrary: fc.constant(new Error('no catalogs')) },
  );
  const sellers = IDS.map((id) =>
    fc.record({
      ...{ id: fc.constant(id), name: text, customerDisplayId: fc.option(fc.integer()) },
      isActive: fc.option(fc.boolean()),
    }),
  );
  return fc.record({
    sellers: fc.tuple(...sellers),
    catalogs: fc
      .tuple(...IDS.map(() => list))
      .map((lists) => new Map(IDS.map((id, at) => [id, lists[at] ?? []]))),
  });
}

// Each gives arguments that its field accepts.
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  page: ['1', '2', '$page'],
  pageSize: ['1', '3', '$size'],
  id: [...IDS.map((id) => `"${id}"`), '99', '$id'],
  sellerId: [...IDS.map((id) => `"${id}"`), '99', '$id'],
  filter: ['null', '{}', '{ id: $id }'],
  ids: ['[]', '[1, 99, "2"]', '[$id]'],
  sellerIds: ['null', '[]', '[$id, 1]'],
  search: ['null', '"a"', '"1 2"'],
  orderBy: ['null', '{ field: ID }', '{ field: ID, direction: DESC }'],
  from: ['null', '"2020-01-01T00:00:00Z"'],
  to: ['null', '"2030-01-01T00:00:00Z"'],
};
const REQUIRED: Readonly<Record<string, string>> = { id: '1', sellerId: '1', ids: '[1]' };
// `seller` takes either an id or a number.
const LEFT_OUT = new Set(['customerDisplayId']);
const VARIABLES: Readonly<Record<string, string>> = {
  page: 'Int! = 1',
  size: 'Int = 2',
  id: 'ID!',
  yes: 'Boolean!',
  no: 'Boolean = false',
};
const DIRECTIVES = [
  '@include(if: $yes)',
  '@skip(if: $no)',
  '@skip(if: $yes)',
  '@include(if: true)',
  '@skip(if: true)',
];

const MOST_ALIASES = 40;
const DEEPEST = 7;

/** Documents of one query that are valid for the schema, with variables that fit. */
export function randomDocument(schema: GraphQLSchema): fc.Arbitrary<{ query: string; variables: object }> {
  return fc.gen().map((generate) => {
    const pick = <T>(from: readonly T[]): T => from[generate(fc.nat, from.length - 1)] as T;
    const oneIn = (chances: number) => generate(fc.nat, chances - 1) === 0;
    let aliases = 0;

    const body = selectionSet(schema.getQueryType(), 0);
    const used = Object.keys(VARIABLES).filter((name) => body.includes(`$${name}`));
    const declared = used.map((name) => `$${name}: ${VARIABLES[name]}`);
    return {
      query: `query${declared.length > 0 ? ` (${declared.join(', ')})` : ''} ${body}`,
      variables: {
        id: pick(IDS),
        yes: oneIn(2),
        ...(oneIn(2) && { no: oneIn(2) }),
        ...(oneIn(2) && { page: 2 }),
      },
    };

    function selectionSet(type: GraphQLNamedType | null | undefined, depth: number): string {
      const count = generate(fc.integer, { min: 1, max: 4 });
      return `{ ${Array.from({ length: count }, () => selection(type, depth)).join(' ')} }`;
    }

    function selection(type: GraphQLNamedType | null | undefined, depth: number): string {
      const directive = oneIn(6) ? ` ${pick(DIRECTIVES)}` : '';
      if (oneIn(6) && depth < DEEPEST) {
        const inner = isObjectType(type) ? pick([type, ...type.getInterfaces()]) : type;
        const condition = inner === type && oneIn(2) ? '' : ` on ${inner?.name}`;
        return `...${condition}${directive} ${selectionSet(inner, depth + 1)}`;
      }
      const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
      const fitting =
        depth < DEEPEST ? fields : fields.filter((field) => isLeafType(getNamedType(field.type)));
      if (fitting.length === 0 || oneIn(8)) return `__typename${directive}`;
      const field = pick(fitting);
      const below = getNamedType(field.type);
      const rest = `${directive}${isLeafType(below) ? '' : ` ${selectionSet(below, depth + 1)}`}`;
      // Fields without an alias are merged, and must have the same arguments.
      if (oneIn(2) || aliases >= MOST_ALIASES)
        return `${field.name}${argumentsOf(field, () => false)}${rest}`;
      aliases += 1;
      return `a${aliases}: ${field.name}${argumentsOf(field, () => oneIn(2))}${rest}`;
    }

    function argumentsOf({ args }: GraphQLField<unknown, unknown>, isGiven: () => boolean): string {
      const given = args.flatMap(({ name }) => {
        if (LEFT_OUT.has(name)) return [];
        if (isGiven()) return [`${name}: ${pick(ARGUMENTS[name] ?? [])}`];
        return name in REQUIRED ? [`${name}: ${REQUIRED[name]}`] : [];
      });
      return given.length > 0 ? `(${given.join(', ')})` : '';
    }
  });
}
