import fc from 'fast-check';

// Documents and variables of any form: most are invalid, some are huge.

const NAMES = [
  'sellers',
  'seller',
  'catalogs',
  'catalog',
  'futureCatalogs',
  'items',
  'id',
  'name',
  'page',
  'pageSize',
  'filter',
  'startDate',
  'totalItems',
  'sellerId',
  'isActive',
  'Query',
  'Seller',
  'SellerPage',
  'SellerFilter',
  'Int',
  'ID',
  'DateTime',
  '__typename',
  '__schema',
  '__type',
  'types',
  'fields',
  'ofType',
  'skip',
  'include',
  'if',
  'constructor',
  '__proto__',
  'toString',
  'cacheEntry',
  'on',
  'true',
  'null',
] as const;

const name = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 3, arbitrary: fc.stringMatching(/^[_a-zA-Z][_0-9a-zA-Z]{0,8}$/) },
  { weight: 1, arbitrary: fc.integer({ min: 50, max: 300 }).map((length) => 'n'.repeat(length)) },
);

/** The number of repetitions of a part: usually few, rarely many. */
const times = fc.oneof(
  { weight: 100, arbitrary: fc.constantFrom(0, 1, 1, 1, 2) },
  { weight: 1, arbitrary: fc.integer({ min: 20, max: 500 }) },
);

const space = fc.oneof(
  { weight: 60, arbitrary: fc.constant(' ') },
  { weight: 2, arbitrary: fc.constantFrom('\n', ',', '\t', '\r\n', '# {[(\n', '\uFEFF', '') },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 1000 }).map((lines) => '\n'.repeat(lines)) },
);

const scalar = fc.oneof(
  fc.constantFrom(
    '1',
    '-1',
    '0',
    '200',
    '201',
    '2147483648',
    '1e999',
    '1.5',
    'null',
    'true',
    'RED',
    '$v',
    '$w',
    '""',
  ),
  fc.constantFrom(
    '"a"',
    '"2026-01-01T00:00:00Z"',
    '"\\uD83D"',
    '"\\u{1F600}"',
    '"""block "\\""" text"""',
    '"',
    '"""',
  ),
  fc.string({ maxLength: 12 }).map((text) => JSON.stringify(text)),
  times.map((count) => '9'.repeat(count + 1)),
  times.map((count) => `"${'x'.repeat(10 * count)}"`),
);

/** The text repeated, within the size limit of a body. */
function repeated(text: string, count: number): string {
  return text.repeat(Math.min(count, Math.ceil(10_000 / Math.max(1, text.length))));
}

/** Nests a part in brackets, rarely very deeply. */
function nested(part: fc.Arbitrary<string>, [open, close]: readonly [string, string]): fc.Arbitrary<string> {
  return fc.tuple(part, times).map(([inner, count]) => open.repeat(count) + inner + close.repeat(count));
}

const grammar = fc.letrec<
  Record<'value' | 'argument' | 'directives' | 'field' | 'selections' | 'selection', string>
>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    scalar,
    nested(scalar, ['[', ']']),
    nested(scalar, ['{a:', '}']),
    fc
      .array(fc.tuple(name, tie('value')), { maxLength: 3 })
      .map((fields) => `{${fields.map(([key, value]) => `${key}: ${value}`).join(' ')}}`),
    fc.tuple(tie('value'), times).map(([value, count]) => `[${repeated(`${value} `, count)}]`),
  ),
  argument: fc.tuple(name, tie('value')).map(([key, value]) => `${key}: ${value}`),
  directives: fc.oneof(
    { weight: 8, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: fc.constantFrom('@skip(if: false)', '@include(if: $v)', '@skip', '@defer') },
    {
      weight: 1,
      arbitrary: fc.tuple(name, times).map(([directive, count]) => `@${directive} `.repeat(count)),
    },
  ),
  field: fc
    .tuple(
      fc.option(name, { freq: 4 }),
      name,
      fc.array(tie('argument'), { maxLength: 3 }),
      times,
      tie('directives'),
      fc.option(tie('selections'), { freq: 1 }),
    )
    .map(([alias, field, args, count, directives, selections]) => {
      const list = repeated(`${args.join(' ')} `, count);
      return `${alias === null ? '' : `${alias}: `}${field}${list.trim() === '' ? '' : `(${list})`} ${directives} ${selections ?? ''}`;
    }),
  selections: fc
    .tuple(fc.array(tie('selection'), { minLength: 1, maxLength: 4 }), times, space)
    .map(
      ([selections, count, between]) => `{ ${repeated(`${selections.join(between)} `, Math.max(1, count))} }`,
    ),
  selection: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    tie('field'),
    fc
      .tuple(fc.constantFrom('A', 'B', 'C'), tie('directives'))
      .map(([fragment, directives]) => `...${fragment} ${directives}`),
    fc
      .tuple(fc.option(name), tie('selections'))
      .map(([type, selections]) => `... ${type === null ? '' : `on ${type}`} ${selections}`),
    nested(tie('field'), ['{ a ', '}']),
  ),
}));

const type = fc.tuple(nested(name, ['[', ']']), fc.constantFrom('', '!')).map(([inner, end]) => inner + end);

const declaration = fc
  .tuple(fc.constantFrom('v', 'w', 'x'), type, fc.option(grammar.value))
  .map(([variable, of, fallback]) => `$${variable}: ${of}${fallback === null ? '' : ` = ${fallback}`}`);

const operation = fc
  .tuple(
    fc.constantFrom('query', 'query', 'query Q', 'mutation', 'subscription', ''),
    fc.array(declaration, { maxLength: 2 }),
    times,
    grammar.selections,
  )
  .map(([kind, declarations, count, selections]) => {
    const declared = repeated(`${declarations.join(' ')} `, count).trim();
    return `${kind}${kind !== '' && declared !== '' ? `(${declared})` : ''} ${selections}`;
  });

const fragment = fc
  .tuple(fc.constantFrom('A', 'B', 'C'), name, grammar.selections)
  .map(([of, on, selections]) => `fragment ${of} on ${on} ${selections}`);

// Integers are uniform. Doubles are mostly near 0.
const place = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000);

/** Truncates a document, or inserts text into it. */
const damage = fc.oneof(
  { weight: 6, arbitrary: fc.constant((text: string) => text) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        place,
        fc.constantFrom('{', '}', '(', '[', '"', '"""', '#', '\0', '\ud800', '...', '$', '@'),
        times,
      )
      .map(([at, part, count]) => (text: string) => {
        const index = Math.floor(at * text.length);
        return text.slice(0, index) + part.repeat(count) + text.slice(index);
      }),
  },
  {
    weight: 1,
    arbitrary: place.map((at) => (text: string) => text.slice(0, Math.floor(at * text.length))),
  },
);

/** Within the size limit of a body. */
export const hostileDocument: fc.Arbitrary<string> = fc
  .tuple(fc.array(fc.oneof(operation, operation, fragment), { minLength: 1, maxLength: 3 }), damage)
  .map(([definitions, damaged]) => damaged(definitions.join('\n')).slice(0, 100_000));

const hostileValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      1.5,
      2 ** 31,
      1e300,
      '',
      'a',
      '\ud800',
      '1',
      '2026-01-01T00:00:00Z',
    ),
    fc.string({ maxLength: 20 }),
    times.map((count) => 'x'.repeat(100 * count)),
    times.map((count) =>
      Object.fromEntries(Array.from({ length: 10 * count }, (_, index) => [`k${index}`, index])),
    ),
    fc.tuple(tie('value'), times).map(([value, count]) => Array(10 * count).fill(value)),
    fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    fc.tuple(tie('value'), times).map(([value, count]) => {
      let wrapped = value;
      for (let depth = 0; depth < count; depth += 1) wrapped = depth % 2 === 0 ? [wrapped] : { id: wrapped };
      return wrapped;
    }),
  ),
})).value;

const OPERATIONS = [
  'query ($v: SellerFilter) { sellers(filter: $v) { page } }',
  'query ($v: CatalogFilter) { catalogs(sellerId: 1, filter: $v) { page } }',
  'query ($v: Int!, $w: Int = 3) { sellers(page: $v, pageSize: $w) { items { id } } }',
  'query ($v: ID!) { seller(id: $v) { id name } }',
  'query ($v: [ID!]) { __typename @include(if: true) }',
  'query ($v: Boolean!) { sellers { page @skip(if: $v) } }',
  'query ($v: ID, $w: String) { sellers(filter: { id: $v, name: $w }) { page } }',
  'query ($v: DateTime) { catalogs(sellerId: 1, filter: { startDate: $v }) { page } }',
];

/** Parameters of valid operations, with arbitrary variables. */
export const hostileVariables: fc.Arbitrary<{ query: string; variables: unknown }> = fc.record({
  query: fc.constantFrom(...OPERATIONS),
  variables: fc.oneof(
    { weight: 6, arbitrary: fc.record({ v: hostileValue, w: hostileValue }, { requiredKeys: ['v'] }) },
    { weight: 1, arbitrary: hostileValue },
  ),
});
