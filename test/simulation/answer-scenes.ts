import { IDS } from './keys.ts';
import type { Act, AnswerKind } from './plan.ts';
import type { Random } from './random.ts';

/** Like the other scenes, for queries, which are repeated. */
type Scene = (random: Random, process: number, other: number, begin: number) => Act[];

const asks = (
  random: Random,
  ids: readonly number[],
  at: number,
  process: number,
  kinds: readonly AnswerKind[] = ['answer'],
): Act => ({ at, do: random.pick(kinds), process, ids });

/** Entries are invalidated while a query reads them, some after it has read them. */
const overtaken: Scene = (random, process, other, begin) => {
  const ids = random.pick([[1, 2], IDS]);
  const near = () => random.pick([process, process, other]);
  return [
    ...(random.chance(0.7) ? [asks(random, [1], begin - random.whole(60, 140), process)] : []),
    asks(random, ids, begin, process),
    ...repeat(random.whole(1, 2), (): Act => {
      const at = begin + random.whole(0, 70);
      return { at, do: 'invalidate', process: near(), tags: [random.pick(['all', 'all', 'item:1'])] };
    }),
    ...repeat(random.whole(2, 5), () => asks(random, ids, begin + random.whole(10, 300), near())),
  ];
};

/** The query is sent again during a long execution of it. */
const shared: Scene = (random, process, other, begin) => {
  const ids = random.pick([[1], IDS]);
  const kinds = random.pick<AnswerKind[]>([['answer'], ['answer', 'answer-new', 'answer-aged']]);
  const invalidations = random.chance(0.5) ? 1 : 0;
  return [
    ...(random.chance(0.5) ? [asks(random, [1], begin - random.whole(50, 400), process)] : []),
    { at: begin - 1, do: 'loads', fault: 'slow', ids: random.pick([[2, 3], IDS]), forMs: 30 },
    { at: begin - 1, do: 'messages', fault: random.pick(['lost', 'late']), forMs: 600 },
    ...repeat(random.whole(3, 6), () => asks(random, ids, begin + random.whole(0, 200), process, kinds)),
    ...repeat(invalidations, (): Act => {
      const at = begin + random.whole(-150, 150);
      return { at, do: 'invalidate', process: random.pick([process, other]), tags: ['item:1'] };
    }),
  ];
};

/**
 * An execution begins with entries in memory that another process has invalidated, without a message. The query is sent
 * again during the execution.
 */
const joined: Scene = (random, process, other, begin) => {
  return [
    { at: begin - 1, do: 'messages', fault: 'lost', forMs: 1200 },
    { at: begin, do: 'read', process, ids: [1] },
    { at: begin + random.whole(75, 90), do: 'invalidate', process: other, tags: ['item:1'] },
    { at: begin + 100, do: 'loads', fault: 'slow', ids: [2, 3], forMs: 200 },
    asks(random, [1, 2], begin + random.whole(100, 145), process),
    ...repeat(random.whole(1, 4), () => asks(random, [1, 2], begin + random.whole(150, 400), process)),
  ];
};

/**
 * One process makes the response, and another finds it in Redis. The first may have invalidated it, without a message.
 */
const found: Scene = (random, process, other, begin) => {
  const ids = random.pick([[1], [1, 2]]);
  return [
    { at: begin - 1, do: 'messages', fault: 'lost', forMs: 1000 },
    asks(random, ids, begin, process),
    ...(random.chance(0.5) ? [asks(random, ids, begin + random.whole(80, 150), other)] : []),
    ...repeat(random.whole(0, 2), (): Act => {
      const at = begin + random.whole(80, 180);
      return { at, do: 'invalidate', process, tags: [random.pick(['all', 'item:1'])] };
    }),
    ...repeat(random.whole(2, 4), () => asks(random, ids, begin + random.whole(100, 600), other)),
  ];
};

/** The response becomes stale and dead while the query is repeated. */
const ageing: Scene = (random, process, other, begin) => {
  const ids = random.pick([[1], [1, 2]]);
  const kinds: AnswerKind[] = ['answer', 'answer', 'answer-aged', 'answer-held', 'answer-new'];
  return [
    { at: begin - random.whole(0, 200), do: 'read', process, ids: [1] },
    asks(random, ids, begin, process),
    ...repeat(random.whole(0, 1), (): Act => {
      const at = begin + random.whole(100, 700);
      return { at, do: 'loads', fault: random.pick(['failing', 'slow']), ids: IDS, forMs: 600 };
    }),
    ...repeat(random.whole(3, 7), () => {
      const at = begin + random.whole(20, 1100);
      return asks(random, ids, at, random.pick([process, process, other]), kinds);
    }),
  ];
};

/** The value that is derived from all items is in memory, and the response is derived from it. Then an item is invalidated, or all end. */
const nested: Scene = (random, process, other, begin) => {
  const invalidated = (): Act => {
    const at = begin + random.whole(100, 200);
    const tags = [random.pick(['item:1', 'item:2', 'item:3'])];
    return { at, do: 'invalidate', process: random.pick([process, other]), tags };
  };
  return [
    { at: begin - random.whole(60, 100), do: 'read', process, ids: IDS },
    asks(random, IDS, begin, process),
    ...repeat(random.whole(0, 1), invalidated),
    ...repeat(random.whole(3, 6), () => asks(random, IDS, begin + random.whole(150, 1600), process)),
  ];
};

export const ANSWER_SCENES: readonly Scene[] = [
  ...[overtaken, overtaken, shared, joined, found, found, ageing],
  ...[nested, nested],
];

function repeat(count: number, create: () => Act): Act[] {
  return Array.from({ length: count }, create);
}
