import { describe, expect, it } from 'vitest';
import { catalogRecord, sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mocked = interceptUpstream();

/** Parses a response strictly: it must be UTF-8 (RFC 3629) without lone surrogates in strings or names. */
async function strictly(response: Response): Promise<{ status: number; body: Record<string, unknown> }> {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(await response.arrayBuffer());
  const body = JSON.parse(text, (name, value) => {
    expect(name.isWellFormed()).toBe(true);
    if (typeof value === 'string') expect(value.isWellFormed()).toBe(true);
    return value;
  });
  return { status: response.status, body };
}

const postText = ({ origin }: TestGateway, body: string) =>
  fetch(`${origin}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

const getText = ({ origin }: TestGateway, query: string) => fetch(`${origin}/graphql?${query}`);

const CUT = 'Fine art \ud83c';
const MENDED = 'Fine art \ufffd';

describe('upstream text that was truncated within a character', () => {
  it('gets U+FFFD in place of the lone surrogate, in each field and from each tier', async () => {
    mocked({
      sellers: [sellerRecord({ id: 1, name: CUT })],
      catalogs: [catalogRecord({ id: 7, title: CUT, customerCatalogId: '\udfa8C' })],
    });
    const gateway = await startGateway();
    const query =
      '{ sellers { items { name catalogs { items { title customerCatalogId } } } } seller(id: 1) { name } catalog(id: 7) { title } }';
    for (const _tier of ['upstream', 'memory', 'stored response']) {
      const { body } = await strictly(await postText(gateway, JSON.stringify({ query })));
      const catalog = { title: MENDED, customerCatalogId: '\ufffdC' };
      expect(body).toEqual({
        data: {
          sellers: { items: [{ name: MENDED, catalogs: { items: [catalog] } }] },
          seller: { name: MENDED },
          catalog: { title: MENDED },
        },
      });
    }
  });
});

describe('a request with a lone surrogate', () => {
  const LONE = '\\ud83d';
  const SELLERS = 'query ($f: SellerFilter) { sellers(filter: $f) { totalItems } }';

  it('sends U+FFFD in its place to the upstream, by POST and by GET', async () => {
    const mock = mocked({});
    const gateway = await startGateway();
    const variables = `{"f":{"name":"a${LONE}b"}}`;
    await strictly(await postText(gateway, `{"query":"${SELLERS}","variables":${variables}}`));
    await strictly(
      await getText(
        gateway,
        `query=${encodeURIComponent(SELLERS)}&variables=${encodeURIComponent(variables)}`,
      ),
    );
    const names = mock.requests('GET /Seller').map(({ url }) => url.searchParams.get('Name'));
    expect(new Set(names)).toEqual(new Set(['a\ufffdb']));
  });

  it('keeps complete characters unchanged, escaped or not', async () => {
    const mock = mocked({});
    const gateway = await startGateway();
    await postText(gateway, `{"query":"${SELLERS}","variables":{"f":{"name":"\\ud83c\\udfa8 🎨 ${LONE}"}}}`);
    expect(mock.requests('GET /Seller')[0]?.url.searchParams.get('Name')).toBe('🎨 🎨 \ufffd');
  });

  it.each<[string, string]>([
    ['an id', `{"query":"query ($i: ID!) { seller(id: $i) { id } }","variables":{"i":"${LONE}"}}`],
    [
      'a long id',
      `{"query":"query ($i: ID!) { seller(id: $i) { id } }","variables":{"i":"${'🎨'.repeat(20)}"}}`,
    ],
    ['an id truncated within a character', `{"query":"{ seller(id: \\"x${'🎨'.repeat(30)}\\") { id } }"}`],
    ['an unknown field of an input', `{"query":"${SELLERS}","variables":{"f":{"${LONE}":1}}}`],
    ['a value of the wrong type', `{"query":"${SELLERS}","variables":{"f":{"isActive":"${LONE}"}}}`],
    ['a date', `{"query":"{ catalogs(sellerId: 1, filter: { startDate: \\"${LONE}\\" }) { page } }"}`],
    ['an escape in a document', `{"query":"{ seller(id: \\"\\${LONE}\\") { id } }"}`],
    ['a document', `{"query":"{ ${LONE} }"}`],
    ['a comment', `{"query":"{ __typename } # ${LONE}"}`],
    ['a block string', `{"query":"{ seller(id: \\"\\"\\"${LONE}\\"\\"\\") { id } }"}`],
    [
      'an operation name',
      `{"query":"query A { __typename } query B { __typename }","operationName":"${LONE}"}`,
    ],
    ['an extension', `{"query":"{ __typename }","extensions":{"${LONE}":"${LONE}"}}`],
    ['a hash', `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"${LONE}"}}}`],
    ['an unknown property', `{"query":"{ __typename }","${LONE}":1}`],
  ])('gets a response that strict parsers accept: in %s', async (_case, body) => {
    mocked({});
    const { status } = await strictly(await postText(await startGateway(), body));
    expect(status).toBeLessThan(500);
  });

  it('gets such a response for a URL that is not valid UTF-8', async () => {
    mocked({});
    const gateway = await startGateway();
    const { status } = await strictly(
      await getText(gateway, 'query=%7Bseller(id:%22%ED%A0%BD%FF%22)%7Bid%7D%7D&operationName=%ED%A0%BD'),
    );
    expect(status).toBeLessThan(500);
  });
});
