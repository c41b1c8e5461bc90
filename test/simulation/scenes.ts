import { ANSWER_SCENES } from './answer-scenes.ts';
import { IDS } from './keys.ts';
import type { Act } from './plan.ts';
import type { Random } from './random.ts';

/** Acts that have to meet closely to show what an engine could do wrong with them: one of several such meetings. */
export function createScene(random: Random, processes: number): Act[] {
  const process = random.whole(0, processes - 1);
  const other = (process + random.whole(1, processes - 1)) % processes;
  const begin = random.whole(150, 600);
  const scenes = random.chance(0.4)
    ? ANSWER_SCENES
    : [
        crowd,
        crowd,
        crowd,
        twice,
        twice,
        twice,
        longFlight,
        longWait,
        relay,
        steppedClock,
        absence,
        demanding,
        unlike,
      ];
  return random.pick(scenes)(random, process, other, begin);
}

/** One process invalidates one tag more than once, and loads, while Redis takes its time: answers overtake each other. */
function crowd(random: Random, process: number, _: number, begin: number): Act[] {
  const tags = [random.pick(['all', 'item:1'])];
  const call = (from: number, to: number): Act => {
    const ids = random.chance(0.6) ? [1] : IDS.filter((id) => id === 1 || random.chance(0.5));
    const at = begin + random.whole(from, to);
    return { at, do: random.pick(['read', 'read', 'refresh']), process, ids };
  };
  const invalidate = (): Act => ({ at: begin + random.whole(0, 25), do: 'invalidate', process, tags });
  return [
    { at: begin - 140, do: 'redis', fault: 'slow', process: null, forMs: 300 },
    ...repeat(random.whole(0, 2), () => call(-130, -60)),
    ...repeat(random.whole(1, 4), invalidate),
    ...repeat(random.whole(2, 6), () => call(-10, 40)),
    ...repeat(random.whole(3, 5), () => ({ ...call(25, 130), do: 'read' }) as Act),
  ];
}

/** One process invalidates one tag twice, and loads between the two: either may be acknowledged first. */
function twice(random: Random, process: number, _: number, begin: number): Act[] {
  const tags = [random.pick(['all', 'item:1'])];
  const between = random.whole(3, 12);
  const call = (from: number, to: number, kind: 'read' | 'refresh'): Act => {
    return { at: begin + random.whole(from, to), do: kind, process, ids: [1] };
  };
  return [
    { at: begin - 140, do: 'redis', fault: 'slow', process: null, forMs: 300 },
    { at: begin, do: 'invalidate', process, tags },
    { at: begin + between, do: 'invalidate', process, tags },
    ...repeat(random.whole(1, 4), () => call(0, between + 1, random.pick(['read', 'refresh']))),
    ...repeat(random.whole(3, 5), () => call(35, 150, 'read')),
  ];
}

/** A load takes longer than what it began with may be believed, while another process invalidates what nobody hears. */
function longFlight(random: Random, process: number, other: number, begin: number): Act[] {
  return [
    { at: begin - 1, do: 'loads', fault: 'slow', ids: IDS, forMs: 20 },
    { at: begin - 1, do: 'messages', fault: 'lost', forMs: 1000 },
    { at: begin, do: random.pick(['read', 'refresh']), process, ids: [1] },
    { at: begin + random.whole(15, 80), do: 'invalidate', process: other, tags: ['item:1'] },
    ...repeat(4, (): Act => {
      const at = begin + random.whole(200, 700);
      return { at, do: random.pick(['read', 'read', 'refresh']), process, ids: [1] };
    }),
  ];
}

/** Other processes wait for a long load, and check repeatedly whether it is done. */
function longWait(random: Random, process: number, other: number, begin: number): Act[] {
  return [
    { at: begin - 1, do: 'loads', fault: 'slow', ids: IDS, forMs: 40 },
    { at: begin, do: 'read', process, ids: [1] },
    ...repeat(random.whole(1, 3), (): Act => {
      return { at: begin + random.whole(5, 150), do: 'read', process: other, ids: [1] };
    }),
  ];
}

/** The loading process stands still or dies, another takes its load over, and a third waits for both. */
function relay(random: Random, process: number, other: number, begin: number): Act[] {
  const near = () => random.pick([other, other, 3 - process, 3 - other].filter((each) => each >= 0));
  return [
    { at: begin - 1, do: 'loads', fault: 'slow', ids: IDS, forMs: 1200 },
    { at: begin, do: 'read', process, ids: [1] },
    ...repeat(random.whole(2, 4), (): Act => {
      return {
        at: begin + random.whole(10, 60),
        do: random.pick(['read', 'read', 'refresh']),
        process: near(),
        ids: [1],
      };
    }),
    { at: begin + random.whole(100, 500), do: 'stop', process, forMs: null },
  ];
}

/** The source has no value, and later callers read it again. */
function absence(random: Random, process: number, _: number, begin: number): Act[] {
  return [
    { at: begin - 1, do: 'loads', fault: 'absent', ids: [1], forMs: 60 },
    { at: begin, do: 'read', process, ids: [1] },
    ...repeat(random.whole(1, 3), (): Act => {
      return {
        at: begin + random.whole(60, 600),
        do: random.pick(['read', 'cache-only']),
        process,
        ids: [1],
      };
    }),
  ];
}

/** The clock of a process is set while it holds in memory what another invalidates. */
function steppedClock(random: Random, process: number, other: number, begin: number): Act[] {
  const read = (from: number, to: number): Act => {
    return { at: begin + random.whole(from, to), do: 'read', process, ids: [1] };
  };
  return [
    { at: begin - 1, do: 'messages', fault: 'lost', forMs: 1000 },
    read(0, 0),
    ...repeat(random.whole(0, 2), () => read(70, 120)),
    { at: begin + random.whole(60, 160), do: 'clock', process, byMs: random.whole(-2000, 500) },
    ...repeat(random.whole(0, 1), (): Act => {
      return { at: begin + random.whole(60, 120), do: 'invalidate', process: other, tags: ['item:1'] };
    }),
    ...repeat(random.whole(2, 5), (): Act => {
      const kind = random.pick<'read' | 'aged' | 'fresh'>(['read', 'aged', 'fresh']);
      return { ...read(200, random.pick([450, 1500])), do: kind } as Act;
    }),
  ];
}

/** Callers want what is new, or fresh, of what has lain there for a while. */
function demanding(random: Random, process: number, other: number, begin: number): Act[] {
  return [
    { at: begin, do: 'read', process, ids: random.pick([[1], IDS]) },
    ...repeat(random.whole(3, 6), (): Act => {
      const at = begin + random.whole(60, 800);
      const near = random.pick([process, process, other]);
      return { at, do: random.pick(['fresh', 'aged', 'aged']), process: near, ids: random.pick([[1], IDS]) };
    }),
  ];
}

/** At the same time one call takes what Redis holds, and another takes nothing of that age. */
function unlike(random: Random, process: number, other: number, begin: number): Act[] {
  return [
    { at: begin - random.whole(250, 300), do: 'read', process, ids: [1] },
    { at: begin - random.whole(60, 110), do: 'refresh', process: other, ids: [1] },
    ...repeat(2, (): Act => ({ at: begin + random.whole(0, 15), do: 'aged', process, ids: [1] })),
    ...repeat(2, (): Act => ({ at: begin + random.whole(0, 25), do: 'answer-new', process, ids: [1] })),
  ];
}

function repeat(count: number, create: () => Act): Act[] {
  return Array.from({ length: count }, create);
}
