import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startRedis } from '../../../test/support/redis.ts';
import { atMost } from '../../lib/figures.ts';
import { countInRedis } from '../../lib/redis-counters.ts';
import { type Summary, summarise } from '../../lib/statistics.ts';
import { millisecondSpread } from '../../lib/units.ts';
import { type Answers, check } from '../answers.ts';
import type { Client } from '../client.ts';
import { withServers } from '../comparison.ts';
import { gateway, RESPONSE_CACHE_OFF } from '../contenders.ts';
import { pageQuestion, SELLERS } from '../questions.ts';
import type { Scenario, Surroundings } from '../scenario.ts';

const PAGES = Math.ceil(SELLERS / 25);
// Time for pending writes to Redis, and for the commands of a process that starts.
const SETTLE_MS = 500;

/** One request and its cost. */
interface Asked {
  readonly ms: number;
  readonly trips: number;
}

/** New processes with an empty memory, and a Redis that holds everything. */
export const redisWarm: Scenario = async (surroundings) => {
  const { client, quick, progress } = surroundings;
  const { upstream, reference } = await surroundings.dataset();
  const answers = await reference(Array.from({ length: PAGES }, (_, index) => pageQuestion(index + 1)));
  const redis = await startRedis();
  const observer = new Redis(redis.url);
  const variables = { ...upstream.variables, REDIS_URL: redis.url };
  const variants = new Map([
    ['complete responses', gateway(variables)],
    ['entries only', gateway({ ...variables, ...RESPONSE_CACHE_OFF })],
  ]);
  try {
    for (const [name, filler] of variants) {
      progress.now(`filling Redis: ${name}`);
      await withServers([filler], surroundings, async ([target]) => {
        if (target) await check(client, target, answers);
        await setTimeout(SETTLE_MS);
      });
    }
    const measured = new Map<string, readonly Asked[][]>();
    const upstreamCalls = new Map<string, number>();
    for (const [name, newcomer] of variants) {
      const starts: Asked[][] = [];
      await upstream.resetRequests();
      for (let start = 0; start < (quick ? 3 : 7); start += 1) {
        starts.push(
          await withServers([newcomer], surroundings, async ([target]) => {
            const url = target?.url ?? '';
            await untilRedisIsUp(client, url);
            return askEach(url, answers, observer, surroundings);
          }),
        );
      }
      measured.set(name, starts);
      upstreamCalls.set(name, await upstream.countRequests());
    }
    return {
      title: 'Redis warm, memory cold',
      about: `Gateways that have just started, with a Redis that another process filled; ${PAGES} pages of 25 sellers with 5 future catalogs each, one after the other. Round trips are Redis' own count of reads from sockets.`,
      rows: [
        [
          'cached in Redis',
          'first page: median (low – high)',
          'trips',
          'later pages: median (low – high)',
          'trips',
          'upstream calls',
        ],
        ...[...measured].map(([name, starts]) => [
          name,
          ...cells(firsts(starts)),
          ...cells(later(starts)),
          String(upstreamCalls.get(name)),
        ]),
      ],
      figures: [...measured].map(([name, starts]) =>
        atMost(`from Redis, memory cold, ${name}`, 2, trips(firsts(starts)).median, ' round trips', 0),
      ),
      data: Object.fromEntries(measured),
    };
  } finally {
    observer.disconnect();
    await redis.kill();
  }
};

async function askEach(
  url: string,
  answers: Answers,
  observer: Redis,
  { client }: Pick<Surroundings, 'client'>,
): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (const body of answers.keys()) {
    let ms = 0;
    const { reads } = await countInRedis(observer, async () => {
      const beganAt = performance.now();
      await client.ask(url, body);
      ms = performance.now() - beganAt;
    });
    asked.push({ ms, trips: reads });
  }
  // Check afterwards, because an earlier check would have warmed the memory.
  await check(client, { name: 'catalog-gateway', url }, answers);
  return asked;
}

async function untilRedisIsUp(client: Client, url: string): Promise<void> {
  const readiness = new URL('/readyz', url).href;
  for (let tries = 0; tries < 100; tries += 1) {
    const { bytes } = await client.send({ url: readiness });
    if ((JSON.parse(bytes.toString()) as { redis: string }).redis === 'up') {
      await setTimeout(SETTLE_MS);
      return;
    }
    await setTimeout(SETTLE_MS / 10);
  }
  throw new Error('the gateway did not connect to Redis');
}

function firsts(starts: readonly Asked[][]): readonly Asked[] {
  return starts.flatMap(([first]) => (first ? [first] : []));
}

function later(starts: readonly Asked[][]): readonly Asked[] {
  return starts.flatMap((asked) => asked.slice(1));
}

function trips(asked: readonly Asked[]): Summary {
  return summarise(asked.map((each) => each.trips));
}

function cells(asked: readonly Asked[]): readonly string[] {
  const { median, high } = trips(asked);
  return [millisecondSpread(summarise(asked.map(({ ms }) => ms))), `${median}, at most ${high}`];
}
