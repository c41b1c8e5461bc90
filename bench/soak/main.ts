import { parseArgs } from 'node:util';
import { startRedis } from '../../test/support/redis.ts';
import { createRandom, drawByZipf } from '../lib/random.ts';
import { createClient, dataOf } from '../servers/client.ts';
import { gateway, start } from '../servers/contenders.ts';
import { addFutureCatalogs, startUpstream } from '../servers/upstream.ts';
import { measureCosts } from './costs.ts';
import { createHistory } from './history.ts';
import { catalogsIn } from './questions.ts';
import { noReads, read } from './readers.ts';
import { brokenPromises, printReport } from './report.ts';
import { changeSource } from './source.ts';

const HELP = `npm run soak -- [options]

Runs two gateways with one Redis under mixed load (Zipf's law) while the source changes and signals most changes.
Prints the staleness of responses, the hit rate, the calls to the source with and without a cache, and memory.

  --minutes <n>  duration, 1 to 120 (10)
  --rate <n>     requests a second, 1 to 5000 (300)
  --help         shows this help
`;
const HOOK_SECRET = 'a-secret-of-the-soak-alone';
const READERS = 24;
const CHANGE_EVERY_MS = 1000;
const PROGRESS_EVERY_MS = 10_000;
const SHOWN_FIRST = 3;

const { minutes, rate } = readArguments();
const client = createClient();
// Without this, the started servers would outlive the process.
process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));

// Like the real upstream: slow, and with many lots in its payloads.
const upstream = await startUpstream(client, {
  SANDBOX_SELLERS: '412',
  SANDBOX_LATENCY_MS: '80-300',
  SANDBOX_LOTS: '40',
});
const redis = await startRedis();
const costs = await measureCosts(client, upstream);
const sellerIds = costs.sellerIds;
await addFutureCatalogs(client, upstream, sellerIds);
await upstream.resetRequests();
const variables = {
  ...upstream.variables,
  REDIS_URL: redis.url,
  HOOK_SECRETS: HOOK_SECRET,
  POLL_INTERVAL: '20',
  WARM_ON_START: 'true',
  READY_AFTER_WARM: 'true',
  WARM_RATE: '20',
  // A tenth of the defaults for the list of sellers, and two fifths for catalogs, so that every entry expires several times.
  CACHE_TTL_SELLERS: '60',
  CACHE_TTL_CATALOGS: '120',
  RESPONSE_CACHE_SHARED: 'true',
};
const gateways = [
  await start(gateway(variables, 'gateway 1'), { client, cores: undefined }),
  await start(gateway(variables, 'gateway 2'), { client, cores: undefined }),
];
const gatewayUrls = gateways.map(({ url }) => new URL(url).origin);
for (const url of gatewayUrls) await untilReady(url);

const catalogs = await listCatalogs();
const random = createRandom(7);
const history = createHistory();
const reads = noReads();
const source = { changes: 0, signals: 0, redelivered: 0, latenciesMs: [] };
const memory = [gateways.map((each) => each.memory())];
const stop = new AbortController();
const timer = setTimeout(() => stop.abort(), minutes * 60_000);
const beganAt = performance.now();
const ticker = setInterval(() => {
  memory.push(gateways.map((each) => each.memory()));
  const done = ((performance.now() - beganAt) / (minutes * 60_000)) * 100;
  const rateOfHits = ((100 * reads.hits) / Math.max(1, reads.requests)).toFixed(1);
  process.stderr.write(
    `${done.toFixed(0).padStart(3)} %  ${reads.requests} requests, ${rateOfHits} % hits, ${source.changes} changes, ${reads.stale.length} stale catalogs seen, ${reads.failed} failed\n`,
  );
}, PROGRESS_EVERY_MS);
await Promise.all([
  read(
    {
      client,
      gatewayUrls,
      history,
      sellerIds,
      places: drawByZipf(sellerIds.length, 100_000, random),
      random,
      readers: READERS,
      rate,
    },
    reads,
    stop.signal,
  ),
  changeSource(
    {
      client,
      upstreamUrl: upstream.url,
      gatewayUrls,
      webhookSecret: HOOK_SECRET,
      history,
      catalogs,
      random,
      everyMs: CHANGE_EVERY_MS,
    },
    source,
    stop.signal,
  ),
]);
clearTimeout(timer);
clearInterval(ticker);
memory.push(gateways.map((each) => each.memory()));
const calls = await upstream.countRequests();
process.stdout.write(printReport({ minutes, reads, source, memory, calls, costs }));
for (const each of gateways) await each.stop();
await upstream.stop();
await redis.kill();
client.close();
process.exit(reads.failed + brokenPromises(reads) > 0 ? 1 : 0);

async function untilReady(url: string): Promise<void> {
  for (;;) {
    const { status } = await client.send({ url: `${url}/readyz` });
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Some future catalogs of each seller, which responses list first, each with all its sellers. */
async function listCatalogs() {
  const sellersOf = new Map<string, string[]>();
  const shown = new Set<string>();
  for (const sellerId of sellerIds) {
    const query = `{ futureCatalogs(sellerId: "${sellerId}", pageSize: 200) { items { id title startDate } } }`;
    const data = dataOf(await client.ask(`${gatewayUrls[0]}/graphql`, JSON.stringify({ query })));
    catalogsIn(data).forEach(({ id }, place) => {
      sellersOf.set(id, [...(sellersOf.get(id) ?? []), sellerId]);
      if (place < SHOWN_FIRST) shown.add(id);
    });
  }
  return [...shown].map((id) => ({ id, sellerIds: sellersOf.get(id) ?? [] }));
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string', default: '10' },
        rate: { type: 'string', default: '300' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    return { minutes: whole('minutes', values.minutes, 120), rate: whole('rate', values.rate, 5000) };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
    return process.exit(2);
  }
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new RangeError(`--${name} must be a whole number from 1 to ${most}, not ${text}.`);
}
