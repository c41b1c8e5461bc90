import { setTimeout } from 'node:timers/promises';
import { catalogsOf } from '../lib/catalogs.ts';
import { type Catalogs, type Contender, type OpenCache, tagOf } from './contender.ts';
import { shared } from './contenders/index.ts';
import type { Scenario } from './scenario.ts';

const LOAD_MS = 150;
// By then the load has read its source. The invalidation ends long before the load does.
const INVALIDATE_AFTER_MS = 50;
// Messages between processes have arrived that long after the load.
const SETTLED_AFTER_MS = 200;
const ROUNDS = 3;

type Answer = 'new' | 'old';

/** A load reads its source, the source changes, the tag is invalidated, the load ends. Which value does the next read give? */
export const invalidateDuringLoad: Scenario = async ({ redisUrl, progress }) => {
  const rows: string[][] = [];
  const data: Record<string, unknown> = {};
  let nextId = 1;
  for (const contender of shared) {
    progress.now(`invalidate during load: ${contender.name}`);
    const found: Answer[][] = [];
    for (const by of ['itself', 'another'] as const) {
      for (let round = 0; round < ROUNDS; round += 1)
        found.push(await race(contender, redisUrl, nextId++, by));
    }
    const told = [found.slice(0, ROUNDS), found.slice(ROUNDS)].flatMap((rounds) =>
      [0, 1].map((reader) => summary(rounds.map((answers) => answers[reader] as Answer))),
    );
    rows.push([contender.name, ...told]);
    data[contender.name] = found;
  }
  return {
    title: 'Invalidate during load',
    about:
      'A load reads its source; the source changes; the tag is invalidated and acknowledged; the load ends. The table shows what a later read returns, ' +
      'in the process that loaded and in one that has just started, if the invalidation came from the same process or from another one.',
    rows: [['', 'same: loader', 'same: newcomer', 'other: loader', 'other: newcomer'], ...rows],
    data,
  };
};

async function race(
  contender: Contender,
  redisUrl: string,
  sellerId: number,
  invalidator: 'itself' | 'another',
): Promise<Answer[]> {
  let source: Catalogs = catalogsOf(sellerId);
  const newer = source.slice(1);
  const load = async () => {
    const read = source;
    await setTimeout(LOAD_MS);
    return read;
  };
  const [loader, other, newcomer] = await Promise.all([
    contender.open(redisUrl),
    contender.open(redisUrl),
    contender.open(redisUrl),
  ]);
  for (const each of [loader, other, newcomer]) await each.get(0, async (id) => catalogsOf(id));
  const loading = loader.get(sellerId, load);
  await setTimeout(INVALIDATE_AFTER_MS);
  source = newer;
  await (invalidator === 'itself' ? loader : other).invalidateTag(tagOf(sellerId));
  await loading;
  await setTimeout(SETTLED_AFTER_MS);
  const answers: Answer[] = [];
  // Read in the new process first, because a miss in the loading process would fill Redis for it.
  for (const reader of [newcomer, loader]) answers.unshift(await read(reader, sellerId, newer));
  for (const each of [loader, other, newcomer]) await each.close();
  return answers;
}

/** Whether the cached value is the new one. A miss counts as new, because it loads the new value. */
async function read(cache: OpenCache, sellerId: number, newer: Catalogs): Promise<Answer> {
  const answer = await cache.get(sellerId, async () => newer);
  return answer.length === newer.length ? 'new' : 'old';
}

function summary(answers: readonly Answer[]): string {
  return answers.every((answer) => answer === answers[0]) ? `${answers[0]}` : answers.join(', ');
}
