import { createRandom, type Random } from './random.ts';

/** What a simulation does, as data: the same plan gives the same history, and a part of it is a plan too. */
export interface Plan {
  readonly seed: number;
  /** By how much each process's clock is off, in milliseconds. */
  readonly clockOffsets: readonly number[];
  readonly acts: readonly Act[];
}

/** One thing that happens, `at` milliseconds after the beginning. */
export type Act = { readonly at: number } & (
  | { readonly do: 'read'; readonly process: number; readonly ids: readonly number[] }
  | { readonly do: 'refresh'; readonly process: number; readonly ids: readonly number[] }
  | { readonly do: 'peek'; readonly process: number; readonly ids: readonly number[] }
  | { readonly do: 'invalidate'; readonly process: number; readonly tags: readonly string[] }
  /** The process does nothing for a while, and never again where that is null. */
  | { readonly do: 'stop'; readonly process: number; readonly forMs: number | null }
  /** The process is told that it may have missed messages. */
  | { readonly do: 'gap'; readonly process: number }
  | {
      readonly do: 'redis';
      readonly fault: RedisFault;
      readonly process: number | null;
      readonly forMs: number;
    }
  | { readonly do: 'flush' }
  | { readonly do: 'evict'; readonly what: 'entry' | 'lease' | 'generation'; readonly which: number }
  | { readonly do: 'messages'; readonly fault: MessageFault; readonly forMs: number }
  | {
      readonly do: 'loads';
      readonly fault: LoadFault;
      readonly ids: readonly number[];
      readonly forMs: number;
    }
);

/**
 * `refused`: nobody listens. `hung`: nothing comes back, nothing is done. `late`: what is sent is done, before or
 * after its sender has given up. `read-only`: writes are refused one by one, as by a replica or a full Redis.
 */
export type RedisFault = 'refused' | 'hung' | 'late' | 'read-only';
export type MessageFault = 'lost' | 'late' | 'doubled';
/** `unencodable`: the load gives a value that cannot be stored. */
export type LoadFault = 'failing' | 'slow' | 'unencodable';

export const IDS = [1, 2, 3] as const;
const TAGS = ['all', ...IDS.map((id) => `item:${id}`)];

const LASTS_MS = 2500;

export function createPlan(seed: number): Plan {
  const random = createRandom(seed);
  const processes = random.whole(2, 4);
  const clockOffsets = Array.from({ length: processes }, () =>
    random.chance(0.5) ? 0 : random.whole(-2000, 2000),
  );
  // Crowded or spread out: both what overlaps and what expires between two calls has to come up.
  const lastsMs = random.pick([200, 800, LASTS_MS]);
  const acts = [
    ...Array.from({ length: random.whole(6, 28) }, () => createCall(random, processes, lastsMs)),
    ...Array.from({ length: random.pick([0, 1, 2, 4, 7]) }, () => createFault(random, processes, lastsMs)),
  ];
  return { seed, clockOffsets, acts: acts.toSorted((one, other) => one.at - other.at) };
}

function createCall(random: Random, processes: number, lastsMs: number): Act {
  const at = random.whole(0, lastsMs);
  const process = random.whole(0, processes - 1);
  const ids = IDS.filter(() => random.chance(0.5));
  if (ids.length === 0) ids.push(1);
  const kind = random.next();
  if (kind < 0.6) return { at, do: 'read', process, ids };
  if (kind < 0.7) return { at, do: 'refresh', process, ids };
  if (kind < 0.75) return { at, do: 'peek', process, ids: ids.slice(0, 1) };
  const tags = random.chance(0.7) ? [random.pick(TAGS)] : TAGS.filter(() => random.chance(0.5));
  return { at, do: 'invalidate', process, tags: tags.length > 0 ? tags : ['all'] };
}

function createFault(random: Random, processes: number, lastsMs: number): Act {
  const at = random.whole(0, lastsMs);
  const process = random.whole(0, processes - 1);
  const forMs = random.pick([20, 100, 400, 1200]);
  const ids = IDS.filter(() => random.chance(0.6));
  const faults: readonly (() => Act)[] = [
    () => ({ at, do: 'stop', process, forMs: random.chance(0.2) ? null : forMs }),
    () => ({ at, do: 'gap', process }),
    () => {
      const fault = random.pick<RedisFault>(['refused', 'hung', 'late', 'late', 'read-only']);
      return { at, do: 'redis', fault, process: random.chance(0.5) ? null : process, forMs };
    },
    () => ({ at, do: 'flush' }),
    () => ({
      at,
      do: 'evict',
      what: random.pick(['entry', 'lease', 'generation']),
      which: random.whole(0, 9),
    }),
    () => ({ at, do: 'messages', fault: random.pick<MessageFault>(['lost', 'late', 'doubled']), forMs }),
    () => ({
      at,
      do: 'loads',
      fault: random.pick<LoadFault>(['failing', 'failing', 'slow', 'unencodable']),
      ids,
      forMs,
    }),
  ];
  return random.pick([...faults, faults[2] as () => Act, faults[6] as () => Act])();
}
