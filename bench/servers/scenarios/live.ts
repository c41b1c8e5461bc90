import { startRedis } from '../../../test/support/redis.ts';
import { atMost, type Figure } from '../../lib/figures.ts';
import { rounded } from '../../lib/units.ts';
import { changeUpstream, type LiveContender, liveGateway, livePeer } from '../live/contenders.ts';
import { type LiveLoad, type LiveResult, runLive } from '../live/run.ts';
import { checkFileLimit } from '../live/subscribers.ts';
import { liveQuestions } from '../questions.ts';
import type { Scenario } from '../scenario.ts';

const CALM = { one: 10_000, different: 1000, changes: 10, everyMs: 1000, settleMs: 1000 };
const QUICK = { one: 300, different: 50, changes: 3, everyMs: 200, settleMs: 200 };
const BARE = 'bare node:http';
const MOST_LATE_MS = 500;
const MOST_BYTES = 10_000;

const NEXT_CATALOG = JSON.stringify({
  query: '{ sellers(pageSize: 1) { items { id futureCatalogs(pageSize: 1) { items { id title } } } } }',
});

interface NextCatalog {
  readonly sellers: { readonly items: readonly [Seller] };
}

interface Seller {
  readonly id: string;
  readonly futureCatalogs: { readonly items: readonly [{ readonly id: string; readonly title: string }] };
}

interface Row {
  readonly name: string;
  readonly questions: number;
  readonly subscribers: number;
  readonly result: LiveResult;
}

/** Subscribers of one question, and of different ones, while the data changes. */
export const live: Scenario = async (surroundings) => {
  const { client, quick } = surroundings;
  const { one, different, changes, everyMs, settleMs } = quick ? QUICK : CALM;
  checkFileLimit(one);
  const { upstream, reference, writeWorld } = await surroundings.dataset();
  const [stored] = (await reference([NEXT_CATALOG])).values();
  const { data } = JSON.parse(stored?.response ?? '') as { readonly data: NextCatalog };
  const [{ id: sellerId, futureCatalogs }] = data.sellers.items;
  const [{ id: catalogId, title }] = futureCatalogs.items;
  const redis = await startRedis();
  const world = writeWorld([]);
  const contenders: readonly LiveContender[] = [
    livePeer(BARE, 'sse', './peers/live-bare.ts', world, client),
    liveGateway('sse', redis.url, upstream, client),
    liveGateway('websocket', redis.url, upstream, client),
    livePeer('Yoga 5', 'sse', './peers/live-yoga.ts', world, client),
    livePeer('Mercurius', 'websocket', './peers/graphql16/live-mercurius.ts', world, client),
  ];
  const rows: Row[] = [];
  try {
    for (const [questions, subscribers] of [
      [1, one],
      [different, different],
    ] as const) {
      const bodies = liveQuestions(sellerId, questions);
      const load: LiveLoad = {
        ...{ bodies, subscribers, changes, everyMs, settleMs },
        catalog: { sellerId, catalogId },
      };
      for (const contender of contenders) {
        // It has one event.
        if (questions > 1 && contender.name.startsWith(BARE)) continue;
        const result = await runLive(contender, load, surroundings);
        rows.push({ name: contender.name, questions, subscribers, result });
      }
    }
  } finally {
    await changeUpstream(client, upstream, { catalogId, title });
    await redis.kill();
  }
  return {
    title: 'Live responses',
    about: `${rounded(one)} subscribers of one question, and ${rounded(different)} subscribers of as many questions: a seller with its catalogs. A title that all of them show changes every ${everyMs / 1000} s, or once all have the previous one, ${changes} times. The time runs from the webhook, or from the request that tells another server, until the subscriber has the event. Memory is the growth of the process by its subscribers.`,
    rows: [
      [
        ...['questions × subscribers', '', 'executions a change', 'events a change', 'CPU a change'],
        ...['median subscriber', 'last subscriber: median (low – high)'],
        ...['resident memory a subscriber', 'objects and buffers a subscriber'],
      ],
      ...rows.map(cellsOf),
    ],
    figures: rows
      .filter(({ name, questions }) => questions === 1 && name.startsWith('catalog-gateway'))
      .flatMap(figuresOf),
    data: rows,
  };
};

function cellsOf({ name, questions, subscribers, result }: Row): readonly string[] {
  return [
    questions === 1 ? `1 × ${rounded(subscribers)}` : `${rounded(questions)} × 1`,
    name,
    rounded(result.executionsPerChange),
    rounded(result.eventsPerChange),
    milliseconds(result.cpuMsPerChange),
    milliseconds(result.medianMs.median),
    `${milliseconds(result.lastMs.median)} (${rounded(result.lastMs.low)} – ${rounded(result.lastMs.high)})`,
    kilobytes(result.residentPerSubscriber),
    kilobytes(result.usedPerSubscriber),
  ];
}

function figuresOf({ name, subscribers, result }: Row): readonly Figure[] {
  const of = (figure: string) => `${rounded(subscribers)} subscribers, ${name}: ${figure}`;
  return [
    atMost(of('executions a change'), 1, result.executionsPerChange, '', 0),
    atMost(of('last subscriber, worst change'), MOST_LATE_MS, result.lastMs.high, ' ms', 0),
    atMost(of('objects and buffers'), MOST_BYTES / 1000, result.usedPerSubscriber / 1000, ' KB', 1),
    atMost(of('resident memory'), MOST_BYTES / 1000, result.residentPerSubscriber / 1000, ' KB', 1),
  ];
}

function milliseconds(ms: number): string {
  return `${rounded(ms)} ms`;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} KB`;
}
