import { IDS } from '../keys.ts';
import type { MessageFault, ProcessPlan, RedisFault } from '../plan.ts';
import { createRandom } from '../random.ts';
import { DAY_MS, QUESTIONS } from './questions.ts';

/** What a client does with frames: it takes each at once, takes its time, or takes none until the faults are over. */
export type Pace = 'prompt' | 'slow' | 'stuck';

interface ClientPlan {
  /** Its place in QUESTIONS. */
  readonly question: number;
  /** Null for nobody. */
  readonly viewer: string | null;
  readonly pace: Pace;
  /** When it first connects. */
  readonly at: number;
}

/** One thing that happens, `at` milliseconds after the beginning. */
type LiveAct = { readonly at: number } /** The source changes. Null: no process is notified. */ & (
  | { readonly do: 'change'; readonly id: number; readonly process: number | null }
  /** The source changes several times, and any process is notified of each change. */
  | { readonly do: 'burst'; readonly id: number; readonly count: number; readonly spreadMs: number }
  | { readonly do: 'source'; readonly fault: 'failing' | 'slow'; readonly id: number; readonly forMs: number }
  | { readonly do: 'messages'; readonly fault: MessageFault; readonly forMs: number }
  | {
      readonly do: 'redis';
      readonly fault: RedisFault;
      readonly process: number | null;
      readonly forMs: number;
    }
  | { readonly do: 'stop'; readonly process: number; readonly forMs: number }
  | { readonly do: 'restart' | 'gap'; readonly process: number }
  | { readonly do: 'clock'; readonly process: number; readonly byMs: number }
  | { readonly do: 'leave'; readonly client: number; readonly forMs: number }
  /** The session of the viewer ends. A process is notified. */
  | { readonly do: 'sign-out'; readonly viewer: string; readonly process: number }
);

/** A history of live questions as data. */
export interface LivePlan {
  readonly seed: number;
  readonly processes: readonly ProcessPlan[];
  readonly clients: readonly ClientPlan[];
  readonly acts: readonly LiveAct[];
  /** When all faults have ended. */
  readonly healedAt: number;
}

const VIEWERS = ['anna', 'ben'] as const;
const LASTS_MS = 2000;

export function createLivePlan(seed: number): LivePlan {
  const random = createRandom(seed);
  const processes = Array.from({ length: random.whole(1, 3) }, (): ProcessPlan => {
    return { clockOffsetMs: random.whole(-200, 200), redis: random.chance(0.3) ? 'guarded' : 'bare' };
  });
  const clients = Array.from({ length: random.whole(3, 8) }, (): ClientPlan => {
    const question = random.whole(0, QUESTIONS.length - 1);
    const viewer = QUESTIONS[question]?.isPersonal || random.chance(0.2) ? random.pick(VIEWERS) : null;
    const pace = random.pick(['prompt', 'prompt', 'prompt', 'slow', 'stuck'] as const);
    return { question, viewer, pace, at: random.whole(0, random.chance(0.7) ? 100 : LASTS_MS / 2) };
  });
  const aProcess = () => random.whole(0, processes.length - 1);
  // Half of the histories have no faults but lost messages: there every promise holds without an excuse.
  const isCalm = random.chance(0.5);
  const acts = Array.from({ length: random.whole(4, 14) }, (): LiveAct => {
    const at = random.whole(0, LASTS_MS);
    const forMs = random.whole(50, 900);
    const id = random.pick(IDS);
    const process = aProcess();
    const kind = random.next();
    if (kind < 0.4) return { at, do: 'change', id, process: random.chance(0.1) ? null : process };
    if (kind < 0.5)
      return { at, do: 'burst', id, count: random.whole(2, 5), spreadMs: random.pick([0, 20, 150]) };
    if (kind < 0.6)
      return { at, do: 'messages', fault: random.pick(['lost', 'lost', 'late', 'doubled']), forMs };
    if (kind < 0.65) return { at, do: 'gap', process };
    if (kind < 0.7) return { at, do: 'leave', client: random.whole(0, clients.length - 1), forMs };
    if (kind < 0.76 || isCalm)
      return { at, do: 'source', fault: random.pick(['failing', 'slow']), id, forMs };
    if (kind < 0.84) {
      const fault = random.pick(['refused', 'hung', 'late', 'slow', 'read-only'] as const);
      return { at, do: 'redis', fault, process: random.chance(0.5) ? null : process, forMs };
    }
    if (kind < 0.88) return { at, do: 'stop', process, forMs };
    if (kind < 0.91) return { at, do: 'restart', process };
    if (kind < 0.96) return { at, do: 'clock', process, byMs: random.whole(-DAY_MS, DAY_MS) };
    return { at, do: 'sign-out', viewer: random.pick(VIEWERS), process };
  });
  if (random.chance(0.3)) acts.push({ at: 0, do: 'messages', fault: 'lost', forMs: LASTS_MS });
  const healedAt = Math.max(
    ...clients.map(({ at }) => at),
    ...acts.map((act) => act.at + ('forMs' in act ? act.forMs : 'spreadMs' in act ? act.spreadMs : 0)),
  );
  return { seed, processes, clients, acts, healedAt };
}
