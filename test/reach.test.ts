import { describe, expect, it } from 'vitest';
import { createGatewayTarget } from '../src/cli/gateway-target.ts';
import { createKeyClasses } from '../src/repository/key-classes.ts';
import { deliver, signal } from './http/webhook/webhook-gateway.ts';
import { InvalidateDocument } from './operations/generated.ts';
import { startLoneMaintenance } from './repository/maintenance/maintenance-process.ts';
import { catalog, type Source, seller, startSource } from './repository/maintenance/source.ts';
import { startGateway, type TestGateway } from './support/gateway.ts';
import { send } from './support/http-client.ts';
import { interceptUpstream } from './support/upstream-mock.ts';

const ADMIN_TOKEN = 'an-admin-token-of-32-characters!';
const HOOK_SECRET = 'a-secret-of-the-source';

const mockUpstream = interceptUpstream();

const classes = createKeyClasses({ sellers: 1, catalogs: 1, filter: 1, unknown: 1, stale: 1 }, null);
const { sellers, seller: one, filteredSellers, catalogs, catalog: single, filteredCatalogs } = classes;

/** The key and the tags of each entry, for three sellers with two catalogs each. */
const entries: readonly (readonly [key: string, tags: readonly string[]])[] = [
  [sellers.key('all'), sellers.tags('all')],
  [filteredSellers.key({ isActive: true }), filteredSellers.tags({ isActive: true })],
  ...[1, 2, 3].flatMap((id) => {
    const filtered = { sellerId: id, filter: { title: 'x' } };
    return [
      [one.key(id), one.tags(id)],
      [catalogs.key(id), catalogs.tags(id)],
      [filteredCatalogs.key(filtered), filteredCatalogs.tags(filtered)],
      [single.key(10 * id + 1), single.tags(10 * id + 1)],
      [single.key(10 * id + 2), single.tags(10 * id + 2)],
    ] as const;
  }),
];

/** The keys of the entries that carry one of the tags. */
function keysOf(tags: readonly string[]): readonly string[] {
  return entries.filter(([, own]) => own.some((tag) => tags.includes(tag))).map(([key]) => key);
}

/** The keys whose entries a gateway no longer serves. */
async function reachIn(work: (gateway: TestGateway) => Promise<unknown>): Promise<readonly string[]> {
  mockUpstream();
  const gateway = await startGateway({ ADMIN_TOKEN, HOOK_SECRETS: HOOK_SECRET });
  await work(gateway);
  return keysOf(gateway.events.flatMap((event) => (event.type === 'invalidated' ? event.tags : [])));
}

const reachOfWebhook = (fields: Record<string, unknown>) =>
  reachIn((gateway) => deliver(gateway, { body: signal(fields) }));

/** The ways in which an operator invalidates a tag. */
const operators: readonly (readonly [string, (tag: string) => Promise<readonly string[]>])[] = [
  [
    'the admin API',
    (tag) =>
      reachIn((gateway) =>
        send(gateway, '/admin/invalidations', {
          method: 'POST',
          headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
          body: JSON.stringify({ tags: [tag] }),
        }),
      ),
  ],
  [
    'the GraphQL mutation',
    (tag) => reachIn((gateway) => gateway.query(InvalidateDocument, { tags: [tag] }, ADMIN_TOKEN)),
  ],
  [
    'the command line',
    (tag) => reachIn(({ origin }) => createGatewayTarget(origin, ADMIN_TOKEN).invalidate([tag])),
  ],
];

async function reachOfPoller(change: (source: Source) => void): Promise<readonly string[]> {
  const source = startSource(3);
  const process = await startLoneMaintenance(source);
  await process.poll();
  process.invalidated();
  change(source);
  await process.poll();
  return keysOf(process.invalidated());
}

const SELLER_2 = [
  'sellers_all',
  'sellers_where_isActive=true',
  'seller_1',
  'seller_2',
  'catalogs_seller_2',
  'catalogs_seller_2_where_title=x',
  'seller_3',
];
const CATALOG_21_OF_SELLER_2 = ['catalogs_seller_2', 'catalogs_seller_2_where_title=x', 'catalog_21'];
const ALL_CATALOGS = entries.map(([key]) => key).filter((key) => key.startsWith('catalog'));

describe('a changed seller reaches itself, all lists of sellers and its own catalogs', () => {
  it('by the webhook', async () => {
    expect(await reachOfWebhook({ entity: 'seller', id: 2 })).toEqual(SELLER_2);
  });

  it.each(operators)('by %s', async (_, reachOf) => {
    expect(await reachOf('seller:2')).toEqual(SELLER_2);
  });

  it('by the poller', async () => {
    const rename = ({ sellers: list }: Source) => list.splice(1, 1, seller(2, { name: 'Renamed' }));
    expect(await reachOfPoller(rename)).toEqual(SELLER_2);
  });
});

describe('a changed catalog reaches itself and the lists of its sellers', () => {
  it('by the webhook', async () => {
    const signalled = { entity: 'catalog', id: 21, sellerIds: [2] };
    expect(await reachOfWebhook(signalled)).toEqual(CATALOG_21_OF_SELLER_2);
  });

  it('by the poller', async () => {
    const rename = (source: Source) =>
      source.catalogs.get(2)?.splice(0, 1, catalog(21, { title: 'Renamed' }));
    expect(await reachOfPoller(rename)).toEqual(CATALOG_21_OF_SELLER_2);
  });
});

describe('a changed catalog whose sellers are unknown reaches all catalogs', () => {
  it('by the webhook', async () => {
    expect(await reachOfWebhook({ entity: 'catalog', id: 21 })).toEqual(ALL_CATALOGS);
  });

  it.each(operators)('by %s', async (_, reachOf) => {
    expect(await reachOf('catalog:21')).toEqual(ALL_CATALOGS);
  });
});
