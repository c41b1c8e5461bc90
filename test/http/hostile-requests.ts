import fc from 'fast-check';

// Unusual requests: heads, and bodies for each route that reads one. Most are invalid.

const few = fc.oneof(
  { weight: 40, arbitrary: fc.integer({ min: 0, max: 3 }) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 3000 }) },
);

const wildText = fc.oneof(
  fc.constantFrom('""', '"\\ud83c"', '"\\u0000"', '"__proto__"', '"', '"\\', '"\ufeff"', '"2147483648"'),
  few.map((count) => `"${'x'.repeat(10 * count)}"`),
  fc.string({ maxLength: 12 }).map((text) => JSON.stringify(text)),
);
const wild = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('null', 'true', '0', '-1', '1.5', '1e999', '[]', '{}', '[null]', ''),
  },
  { weight: 2, arbitrary: wildText },
  {
    weight: 2,
    arbitrary: fc.tuple(few, fc.constantFrom('[', '{"a":')).map(([depth, open]) => {
      return `${open.repeat(depth)}1${(open === '[' ? ']' : '}').repeat(depth)}`;
    }),
  },
  {
    weight: 1,
    arbitrary: few.map(
      (count) =>
        `[${Array(3 * count)
          .fill('{"id":0}')
          .join()}]`,
    ),
  },
);

/** JSON objects with any of the names, each with a valid or an arbitrary value; a name may occur twice. */
function objectOf(fields: Readonly<Record<string, fc.Arbitrary<string>>>): fc.Arbitrary<string> {
  const members = Object.entries(fields).map(([name, value]) =>
    fc
      .oneof(
        { weight: 40, arbitrary: value },
        { weight: 1, arbitrary: wild },
        { weight: 1, arbitrary: fc.constant(null) },
      )
      .map((text) => (text === null ? [] : [`${JSON.stringify(name)}:${text}`])),
  );
  const others = fc.array(fc.tuple(wildText, wild), { maxLength: 1 });
  return fc
    .tuple(fc.tuple(...members), others)
    .map(([given, more]) => `{${[...given.flat(), ...more.map((pair) => pair.join(':'))].join()}}`);
}

/** Truncates text or inserts something into it; most texts stay unchanged. */
function damaged(text: fc.Arbitrary<string>, parts: readonly string[]): fc.Arbitrary<string> {
  // Integers are uniform. Doubles are mostly near 0.
  const place = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000);
  const part = fc.oneof(
    { weight: 10, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constant('') },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.constantFrom(...parts), few).map(([each, count]) => each.repeat(count)),
    },
  );
  return fc.tuple(text, part, place).map(([whole, put, at]) => {
    if (put === null) return whole;
    const index = Math.floor(at * whole.length);
    return whole.slice(0, index) + (put === '' ? '' : put + whole.slice(index));
  });
}

const JSON_PARTS = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  '\\',
  '\0',
  '\xff',
  '\xed\xa0\x80',
  '\xef\xbb\xbf',
  ' ',
];

const document = fc.constantFrom(
  ...[
    '"{ __typename }"',
    '"{ sellers(page: 0) { page } }"',
    '"{ unknown }"',
    '"{"',
    '"query A { __typename }"',
  ],
  '"query ($v: SellerFilter) { sellers(filter: $v) { page @skip(if: true) __typename } }"',
  '"mutation { a }"',
);
const HASH = 'ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38';
const graphqlObject = objectOf({
  query: document,
  operationName: fc.constantFrom('null', '""', '"A"', '"__proto__"'),
  variables: fc.oneof(
    fc.constantFrom('null', '{}', '"{}"', '"{"', '""', '{"v":{"id":1}}', '[]'),
    wild.map((value) => `{"v":${value}}`),
  ),
  extensions: fc.constantFrom(
    ...['null', '""', '{}', '{"persistedQuery":null}', '{"persistedQuery":{"version":2}}'],
    `{"persistedQuery":{"version":1,"sha256Hash":"${HASH}"}}`,
  ),
});
const contentType = fc.oneof(
  { weight: 12, arbitrary: fc.constant('application/json') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...['application/json; charset=utf8', 'application/graphql+json;charset="UTF-8"', 'text/plain', ''],
      ...['application/json; charset=utf-16', ';', 'a/b;c', `application/json;${'a=b;'.repeat(500)}`],
    ),
  },
);

/** The characters are bytes. */
export const graphqlBody = fc.record({
  type: contentType,
  body: damaged(
    fc.oneof(
      { weight: 12, arbitrary: graphqlObject },
      { weight: 1, arbitrary: wild },
      { weight: 1, arbitrary: fc.array(graphqlObject, { maxLength: 3 }).map((each) => `[${each.join()}]`) },
    ),
    JSON_PARTS,
  ).map((body) => Buffer.from(body, 'latin1').toString('latin1').slice(0, 102_400)),
});

const id = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('1', '"1"', '0', '2147483647') },
  { weight: 1, arbitrary: fc.constantFrom('-1', '1.5', '"01"', '2147483648') },
);
const webhookObject = objectOf({
  event: fc.constantFrom('"changed"', '"deleted"', '""'),
  entity: fc.constantFrom('"seller"', '"catalog"', '"catalog"'),
  id,
  sellerIds: fc.oneof(
    fc.constantFrom('null', '[]'),
    fc.tuple(id, few).map(([each, count]) => `[${Array(count).fill(each).join()}]`),
  ),
  occurredAt: fc.constantFrom(
    '"2026-06-15T12:00:00Z"',
    '"2026-06-15T14:00:00+02:00"',
    '"2026-06-15"',
    '"+010000-01-01T00:00:00Z"',
  ),
});

/** The body of a delivery. The characters are bytes. */
export const webhookBody = damaged(
  fc.oneof(
    { weight: 6, arbitrary: webhookObject },
    { weight: 6, arbitrary: fc.array(webhookObject, { maxLength: 5 }).map((each) => `[${each.join()}]`) },
    {
      weight: 1,
      arbitrary: fc.tuple(webhookObject, few).map(([each, count]) => `[${Array(count).fill(each).join()}]`),
    },
    { weight: 1, arbitrary: wild },
  ),
  JSON_PARTS,
).map((body) => Buffer.from(body, 'latin1').toString('latin1').slice(0, 200_000));

/** The body of an operator's request. The characters are bytes. */
export const adminBody = damaged(
  fc.oneof(
    {
      weight: 8,
      arbitrary: objectOf({
        tags: fc
          .array(fc.oneof(fc.constantFrom('"seller:1"', '"catalog:2"', '"sellers"', '"seler:1"'), wildText), {
            maxLength: 4,
          })
          .chain((tags) => few.map((count) => `[${Array(count).fill(tags).flat().join()}]`)),
      }),
    },
    { weight: 1, arbitrary: wild },
  ),
  JSON_PARTS,
).map((body) => Buffer.from(body, 'latin1').toString('latin1').slice(0, 102_400));

const encoded = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('%7B__typename%7D', '%7Bsellers(page:0)%7Bpage%7D%7D', 'a', '', '1', '{}'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('%', '%zz', '%00', '%ff', '%ED%A0%80', '+', '#', '"', '%25%25', 'é'),
  },
  { weight: 1, arbitrary: few.map((count) => '%41'.repeat(count)) },
);
const parameter = fc
  .tuple(
    fc.constantFrom('query', 'query', 'variables', 'operationName', 'extensions', 'pattern', '__proto__', ''),
    encoded,
  )
  .map(([name, value]) => `${name}=${value}`);
const path = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.constantFrom(
      ...[
        '/graphql',
        '/graphql',
        '/graphql/',
        '/healthz',
        '/readyz',
        '/hooks/catalog',
        '/admin/keys',
        '/metrics',
      ],
      ...['/admin/invalidations', '/admin/stats', '/observatory', '/', '/observatory/page.js'],
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '*',
      '',
      '//',
      '/..',
      '/%67raphql',
      '/graphql%2f',
      '/%',
      '/\xff',
      'graphql',
      '/a:b',
      ';',
    ),
  },
  { weight: 1, arbitrary: few.map((count) => '/a'.repeat(count)) },
);
const origin = fc.oneof(
  { weight: 10, arbitrary: fc.constant('') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'http://a',
      'HTTPS://b:1',
      'http://',
      'http://u@a',
      'ftp://a',
      'http://[::1]',
      'a:80',
    ),
  },
);
const target = fc
  .tuple(origin, path, fc.array(parameter, { maxLength: 3 }), fc.constantFrom('', '', '', '?', '&', '#'))
  .map(([from, at, query, end]) => `${from}${at}${query.length > 0 ? '?' : ''}${query.join('&')}${end}`);

const tokens = fc.oneof(
  fc.constantFrom(
    '*/*',
    'text/html',
    'application/json;q=0',
    'gzip, br;q=1.5',
    '*;q=0',
    'no-cache',
    'max-age=-1',
  ),
  fc.constantFrom(
    'max-age="1',
    'only-if-cached',
    '"a", W/"b"',
    '*',
    '"',
    'Bearer',
    'Basic Og==',
    'Basic \xff',
    '',
  ),
  fc.constantFrom(
    '_ga=1',
    'http://a',
    'null',
    '00-1-2-3',
    '\t',
    'a\x01b',
    '0',
    '-1',
    'chunked',
    'identity',
    '5',
  ),
  few.map((count) => 'a,'.repeat(count)),
);
const header = fc.oneof(
  {
    weight: 20,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          ...[
            'Accept',
            'Accept-Encoding',
            'Cache-Control',
            'Pragma',
            'If-None-Match',
            'Authorization',
            'Cookie',
          ],
          ...[
            'Origin',
            'Traceparent',
            'X-Request-Id',
            'X-Timestamp',
            'X-Signature',
            'X-Forwarded-For',
            'Range',
          ],
          ...[
            'Apollographql-Client-Name',
            'Access-Control-Request-Method',
            'Sec-Fetch-Site',
            'Connection',
            'TE',
          ],
        ),
        tokens,
      )
      .map(([name, value]) => `${name}: ${value}`),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        'Host: b',
        'Host: [',
        'Content-Length: 5',
        'Content-Length: -1',
        'Content-Length: 99999999999999999999',
      ],
      ...[
        'Transfer-Encoding: chunked',
        'Transfer-Encoding: gzip',
        'Expect: 100-continue',
        'Expect: a',
        ': a',
        ' a: b',
      ],
      ...[
        'Upgrade: websocket\r\nConnection: Upgrade',
        'a',
        'a\0: b',
        'é: é',
        'Content-Encoding: gzip',
        '__proto__: a',
      ],
    ),
  },
);

/** The head of a request, in some cases followed by bytes of a body. The characters are bytes. */
export const requestText = damaged(
  fc
    .tuple(
      fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom('GET', 'GET', 'HEAD', 'POST', 'OPTIONS') },
        {
          weight: 1,
          arbitrary: fc.constantFrom('PUT', 'DELETE', 'TRACE', 'CONNECT', 'QUERY', 'get', '', 'PRI'),
        },
      ),
      target,
      fc.oneof(
        { weight: 20, arbitrary: fc.constant('HTTP/1.1') },
        { weight: 1, arbitrary: fc.constantFrom('HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/1.1 ', '') },
      ),
      fc.array(header, { maxLength: 4 }),
      fc.constantFrom('', '', '', '5\r\nhello\r\n0\r\n\r\n', '{"query":"{ __typename }"}', '\r\n'),
    )
    .map(
      ([method, at, version, headers, rest]) =>
        `${method} ${at} ${version}\r\n${['Host: a', ...headers].join('\r\n')}\r\n\r\n${rest}`,
    ),
  ['\r\n', '\r', '\n', '\0', ' ', ':', '\xff', '%', '?', 'x', '\t'],
).map((text) => text.slice(0, 40_000));
