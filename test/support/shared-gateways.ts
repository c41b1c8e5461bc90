import type { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import type { Namespaces } from '../../src/config/namespaces.ts';
import type { SandboxSettings } from '../../src/sandbox/settings.ts';
import { type Gateways, openGateways } from '../faults/gateways.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { post } from './http-client.ts';
import { startRedis, type TestRedis } from './redis.ts';

// Above all ids that the sandbox generates.
const CATALOG_IDS = 1_000_000_000;

// Processes are slow to start on a busy machine.
/** For `describe`. */
export const SLOW = { timeout: 300_000 };
/** For `expect.poll`. */
export const PATIENCE = { timeout: 60_000 };

export const ADMIN_TOKEN = 'a-token-for-operators';
export const OPERATOR = { authorization: `Bearer ${ADMIN_TOKEN}` };

/**
 * Gateway processes that share a Redis, in front of a sandbox without latency whose sellers have no catalogs. All end
 * with the test.
 */
export interface SharedGateways extends Pick<Gateways, 'sandbox' | 'upstream'> {
  readonly redis: TestRedis;
  /** A Redis connection of the test's own. */
  readonly plain: Redis;
  /** The environment of the command line for that Redis and that upstream. */
  readonly variables: Record<string, string>;
  /** The key prefixes of these gateways. */
  readonly namespaces: Namespaces;
  /** Starts a gateway with an admin token. */
  start(variables?: Record<string, string>): Promise<GatewayProcess>;
}

export async function shareGateways(settings: Partial<SandboxSettings> = {}): Promise<SharedGateways> {
  const { sandbox, upstream, start } = await openGateways(0);
  sandbox.configure({ sellers: 30, maxCatalogs: 0, lots: 0, ...settings });
  const redis = await startRedis();
  onTestFinished(() => redis.kill());
  const plain = redis.connect();
  onTestFinished(() => plain.disconnect());
  // Redis may be slow on a busy machine, and no test measures its speed.
  const variables = { ...upstream, REDIS_URL: redis.url, REDIS_BUDGET_MS: '5000', ADMIN_TOKEN };
  return {
    sandbox,
    upstream,
    redis,
    plain,
    variables,
    namespaces: loadConfig(variables).cache,
    start: (more = {}) => start({ ...variables, ...more }),
  };
}

/** The ids of the first sellers of the list. */
export async function sellerIds(gateway: GatewayProcess, count: number): Promise<readonly string[]> {
  const { data } = await gateway.query(`{ sellers(pageSize: ${count}) { items { id } } }`);
  return (data as { sellers: { items: { id: string }[] } }).sellers.items.map(({ id }) => id);
}

/** The titles of a seller's catalogs from the gateway, and the cache status of the response. */
export async function titlesOf(gateway: Pick<GatewayProcess, 'origin'>, sellerId: string) {
  const query = `{ catalogs(sellerId: "${sellerId}") { items { title } } }`;
  const { body, headers } = await post(gateway, { query });
  const list = body.data?.catalogs as { items: readonly { title: string }[] } | undefined;
  return { titles: list?.items.map(({ title }) => title), cacheStatus: headers.get('cache-status') ?? '' };
}

/** Adds a catalog to a seller, or changes its title. */
export function putCatalog({ sandbox }: Pick<Gateways, 'sandbox'>, sellerId: string, title: string): void {
  sandbox.changeCatalog(CATALOG_IDS + Number(sellerId), { title, sellerIds: [Number(sellerId)] });
}
