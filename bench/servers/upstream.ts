import { fileURLToPath } from 'node:url';
import { catalogTitle } from '../../src/sandbox/data/vocabulary.ts';
import { freePort } from '../../test/support/redis.ts';
import { createRandom } from '../lib/random.ts';
import { type Client, forEach, parsed } from './client.ts';
import { cpuTime, launch, residentMemory, type Server, stop, untilThere } from './process.ts';

const SANDBOX = fileURLToPath(new URL('../../src/cli/sandbox.ts', import.meta.url));

/** The sandbox as the gateway's upstream, in a process of its own beside the load. */
export interface Upstream extends Server {
  /** The variables that point a gateway at it. */
  readonly variables: Readonly<Record<string, string>>;
  /** Number of requests since the last `resetRequests`, including token requests. */
  countRequests(): Promise<number>;
  resetRequests(): Promise<void>;
}

/** Starts it without latency and without lots by default; the variables override that. */
export async function startUpstream(
  client: Client,
  variables: Readonly<Record<string, string>> = {},
): Promise<Upstream> {
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const env = { SANDBOX_PORT: port, SANDBOX_LATENCY_MS: '0', SANDBOX_LOTS: '0', ...variables };
  const child = launch({ args: [SANDBOX], env });
  await untilThere(child, () =>
    client.send({ url: `${url}/control` }).then(
      () => true,
      () => false,
    ),
  );
  return {
    url,
    variables: {
      ABCONNECT_ENVIRONMENT: 'staging',
      ABCONNECT_CATALOG_URL: `${url}/api`,
      ABCONNECT_IDENTITY_URL: `${url}/connect/token`,
      ABCONNECT_USERNAME: 'sandbox',
      ABCONNECT_PASSWORD: 'sandbox',
      ABCONNECT_CLIENT_ID: 'sandbox',
      ABCONNECT_CLIENT_SECRET: 'sandbox',
    },
    async countRequests() {
      const { requests } = parsed(await client.send({ url: `${url}/control` })) as {
        readonly requests: Readonly<Record<string, number>>;
      };
      return Object.values(requests).reduce((sum, count) => sum + count, 0);
    },
    async resetRequests() {
      await client.send({ url: `${url}/control/requests`, method: 'DELETE' });
    },
    memory: () => residentMemory(child),
    cpuMs: () => cpuTime(child),
    stop: () => stop(child),
  };
}

// Far above the ids of the sandbox's own catalogs.
const FIRST_ADDED_ID = 1_000_000_000;
const ADDED_TO_EACH = 5;
// Late enough to stay in the future until the benchmark ends.
const FIRST_IN_DAYS = 3;
const WITHIN_DAYS = 200;
const DAY_MS = 24 * 60 * 60_000;

/** Adds five catalogs to every seller, because many of the sandbox's sellers have none. */
export async function addFutureCatalogs(
  client: Client,
  upstream: Upstream,
  sellerIds: readonly string[],
): Promise<void> {
  const random = createRandom(1);
  const added = sellerIds.flatMap((sellerId, seller) =>
    Array.from({ length: ADDED_TO_EACH }, (_, index) => {
      const id = FIRST_ADDED_ID + seller * ADDED_TO_EACH + index;
      const startsAt = new Date(Date.now() + (FIRST_IN_DAYS + random() * WITHIN_DAYS) * DAY_MS);
      const catalog = {
        title: catalogTitle(random, id),
        // The upstream sends dates without an offset.
        startDate: startsAt.toISOString().slice(0, 19),
        sellerIds: [Number(sellerId)],
      };
      return { url: `${upstream.url}/control/catalogs/${id}`, body: JSON.stringify(catalog) };
    }),
  );
  await forEach(added, async ({ url, body }) => {
    const { status, bytes } = await client.send({ url, method: 'PUT', body });
    if (status !== 204) throw new Error(`the sandbox refused a catalog: ${bytes}`);
  });
}
