import { setTimeout } from 'node:timers/promises';
import { catalogsOf } from '../lib/catalogs.ts';
import { summarise } from '../lib/statistics.ts';
import type { Contender } from './contender.ts';
import { degrading } from './contenders/index.ts';
import type { Scenario } from './scenario.ts';

/** The Redis timeout of each contender that has such an option. */
const BUDGET_MS = 50;
const REQUESTS = 12;
const FIRST = 3;
// A longer request is aborted. It counts as waiting for Redis for ever.
const GIVEN_UP_MS = 1000;
const MOST_GIVEN_UP = 3;

/** The time of requests while Redis does not respond and its connections stay open. */
export const outage: Scenario = async ({ redisUrl, freeze, thaw, progress }) => {
  // An unhandled rejection in a library would end the benchmark, as it would end a server.
  const unheard = () => {};
  process.on('unhandledRejection', unheard);
  const rows: string[][] = [];
  const data: Record<string, unknown> = {};
  for (const contender of degrading) {
    progress.now(`Redis black-holed: ${contender.name}`);
    const { held, cold } = await withoutAnswers(contender, redisUrl, freeze, thaw);
    const later = cold.slice(FIRST);
    rows.push([
      contender.name,
      milliseconds(held),
      cold.slice(0, FIRST).map(milliseconds).join(', '),
      later.length === 0
        ? 'not measured'
        : `${milliseconds(summarise(later).median)}; ${milliseconds(Math.max(...later))}`,
    ]);
    data[contender.name] = { heldMs: held, coldMs: cold };
  }
  process.off('unhandledRejection', unheard);
  return {
    title: 'Redis black-holed',
    about:
      `Redis is stopped with SIGSTOP. One key in memory, then ${REQUESTS} cold keys, one after the other, whose load takes no time. ` +
      `Libraries with a time limit wait ${BUDGET_MS} ms for Redis; the benchmark aborts a request after ${GIVEN_UP_MS} ms.`,
    rows: [['', 'in memory', `first ${FIRST} cold`, 'later ones: median; longest'], ...rows],
    data,
  };
};

async function withoutAnswers(
  { open }: Contender,
  redisUrl: string,
  freeze: () => void,
  thaw: () => void,
): Promise<{ readonly held: number; readonly cold: readonly number[] }> {
  const cache = await open(redisUrl, BUDGET_MS);
  // Used long enough before, so that only the outage is measured.
  for (let id = 1; id <= 200; id += 1) await cache.get(id, async () => catalogsOf(id)).catch(() => {});
  await cache.get(200, async () => catalogsOf(200)).catch(() => {});
  freeze();
  try {
    const timed = async (id: number) => {
      const startedAt = performance.now();
      const answer = cache.get(id, async () => catalogsOf(id)).catch(() => {});
      await Promise.race([answer, setTimeout(GIVEN_UP_MS)]);
      return performance.now() - startedAt;
    };
    const held = await timed(200);
    const cold: number[] = [];
    for (let request = 0; request < REQUESTS && givenUp(cold) < MOST_GIVEN_UP; request += 1) {
      cold.push(await timed(1000 + request));
    }
    return { held, cold };
  } finally {
    thaw();
    await Promise.race([Promise.resolve(cache.close()).catch(() => {}), setTimeout(GIVEN_UP_MS)]);
  }
}

function givenUp(took: readonly number[]): number {
  return took.filter((ms) => ms >= GIVEN_UP_MS).length;
}

function milliseconds(ms: number): string {
  return ms >= GIVEN_UP_MS ? 'aborted' : `${ms.toFixed(1)} ms`;
}
