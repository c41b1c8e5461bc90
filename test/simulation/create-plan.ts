import { IDS } from './keys.ts';
import type { Act, CallKind, LoadFault, MessageFault, Plan, ProcessPlan, RedisFault } from './plan.ts';
import { createRandom, type Random } from './random.ts';
import { createScene } from './scenes.ts';
import { createStall } from './stall-scene.ts';

const TAGS = ['all', ...IDS.map((id) => `item:${id}`)];

const LASTS_MS = 2500;

export function createPlan(seed: number): Plan {
  const random = createRandom(seed);
  const count = random.whole(2, 4);
  const processes = Array.from({ length: count }, (): ProcessPlan => {
    const clockOffsetMs = random.chance(0.5) ? 0 : random.whole(-2000, 2000);
    return { clockOffsetMs, redis: random.chance(0.2) ? 'guarded' : 'bare' };
  });
  const [first] = processes;
  if (first && random.chance(0.15)) processes[0] = { ...first, redis: 'alone' };
  // Crowded or spread out: some plans need calls that overlap, others need entries that expire between two calls.
  const lastsMs = random.pick([200, 800, LASTS_MS]);
  // Acts seldom meet within a few milliseconds by chance. A scene makes them meet, and adds little else.
  // Stalls have seeds of their own, so that the plans of the other seeds stay the same.
  if (seed % 20 === 19) return { seed, processes, acts: createStall(random, count) };
  const isScene = random.chance(0.55);
  const acts = isScene
    ? [...createScene(random, count), ...manyOf(random.whole(0, 6), () => createCall(random, count, lastsMs))]
    : [
        ...manyOf(random.whole(6, 28), () => createCall(random, count, lastsMs)),
        ...manyOf(random.pick([0, 1, 2, 4, 7]), () => createFault(random, count, lastsMs)),
      ];
  return { seed, processes, acts: acts.toSorted((one, other) => one.at - other.at) };
}

function manyOf(count: number, create: () => Act): Act[] {
  return Array.from({ length: count }, create);
}

function createCall(random: Random, processes: number, lastsMs: number): Act {
  const at = random.whole(0, lastsMs);
  const process = random.whole(0, processes - 1);
  const ids = IDS.filter(() => random.chance(0.5));
  if (ids.length === 0) ids.push(1);
  const kinds: readonly (readonly [CallKind, number])[] = [
    ['read', 0.3],
    ['fresh', 0.34],
    ['aged', 0.38],
    ['refresh', 0.46],
    ['peek', 0.5],
    ['cache-only', 0.54],
    ['answer', 0.72],
    ['answer-aged', 0.75],
    ['answer-new', 0.77],
    ['answer-held', 0.79],
  ];
  const draw = random.next();
  const [kind] = kinds.find(([, below]) => draw < below) ?? [];
  // A stored response is of use only if the same query is repeated.
  if (kind?.startsWith('answer')) return { at, do: kind, process, ids: random.pick([[1], IDS]) };
  if (kind) return { at, do: kind, process, ids };
  const tags = random.chance(0.7) ? [random.pick(TAGS)] : TAGS.filter(() => random.chance(0.5));
  return { at, do: 'invalidate', process, tags: tags.length > 0 ? tags : ['all'] };
}

function createFault(random: Random, processes: number, lastsMs: number): Act {
  const at = random.whole(0, lastsMs);
  const process = random.whole(0, processes - 1);
  const forMs = random.pick([20, 100, 400, 1200]);
  const ids = IDS.filter(() => random.chance(0.6));
  const redis = (): Act => {
    const fault = random.pick<RedisFault>(['refused', 'hung', 'late', 'late', 'slow', 'read-only']);
    return { at, do: 'redis', fault, process: random.chance(0.5) ? null : process, forMs };
  };
  const loads = (): Act => {
    const fault = random.pick<LoadFault>(['failing', 'failing', 'slow', 'unencodable', 'absent']);
    return { at, do: 'loads', fault, ids, forMs };
  };
  return random.pick<() => Act>([
    () => ({ at, do: 'stop', process, forMs: random.chance(0.2) ? null : forMs }),
    () => ({ at, do: 'restart', process }),
    () => ({ at, do: 'gap', process }),
    () => ({ at, do: 'clock', process, byMs: random.whole(-2000, 2000) }),
    () => ({ at, do: 'flush' }),
    () => ({
      at,
      do: 'evict',
      what: random.pick(['entry', 'answer', 'lease', 'generation']),
      which: random.whole(0, 9),
    }),
    () => ({ at, do: 'messages', fault: random.pick<MessageFault>(['lost', 'late', 'doubled']), forMs }),
    ...[redis, redis, loads, loads],
  ])();
}
