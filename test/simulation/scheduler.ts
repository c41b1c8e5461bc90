import type { Random } from './random.ts';

interface Event {
  at: number;
  /** Random order of events that are due at the same time, so that every order occurs in some seed. */
  readonly tie: number;
  /** The life of a process that it happens in; null for what happens in Redis or to all. */
  readonly owner: number | null;
  readonly run: () => void;
  cancelled: boolean;
}

/** The only source of time: every await in a simulation ends by an event of its queue. */
export interface Scheduler {
  /** Virtual milliseconds since the simulation began. */
  now(): number;
  /** Whose event is running, and what it lets run; null where it is nobody's. */
  owner(): number | null;
  /** Runs a function `ms` from now. The returned function cancels it. */
  after(ms: number, owner: number | null, run: () => void): () => void;
  /** Resolves in that life, `ms` from now. */
  pause(owner: number, ms: number): Promise<void>;
  /** Nothing happens in that life until `until`; what falls due in the meantime happens then. Infinity is death. */
  stop(owner: number, until: number): void;
  /** Runs events until none is left or `done` returns true. Returns the number of events. */
  run(done: () => boolean): Promise<number>;
}

export function createScheduler(random: Random): Scheduler {
  const heap: Event[] = [];
  const stoppedUntil = new Map<number, number>();
  let now = 0;
  let owner: number | null = null;

  return {
    now: () => now,
    owner: () => owner,
    after,
    pause(life, ms) {
      const { promise, resolve } = Promise.withResolvers<void>();
      after(ms, life, resolve);
      return promise;
    },
    stop: (life, until) => void stoppedUntil.set(life, Math.max(until, stoppedUntil.get(life) ?? 0)),
    async run(done) {
      let steps = 0;
      for (let event = pop(heap); event; event = pop(heap)) {
        if (event.cancelled) continue;
        const resumesAt = event.owner === null ? 0 : (stoppedUntil.get(event.owner) ?? 0);
        if (resumesAt > event.at) {
          event.at = resumesAt;
          if (resumesAt < Number.POSITIVE_INFINITY) push(heap, event);
          continue;
        }
        now = event.at;
        owner = event.owner;
        event.run();
        steps += 1;
        // An event outside all processes, such as one in Redis, resolves no promise of the engine: no reaction has to run.
        if (owner !== null) await allPromisesRun();
        owner = null;
        if (done()) break;
      }
      return steps;
    },
  };

  function after(ms: number, life: number | null, run: () => void): () => void {
    const event: Event = {
      at: now + Math.max(0, Math.ceil(ms)),
      tie: random.next(),
      owner: life,
      run,
      cancelled: false,
    };
    push(heap, event);
    return () => {
      event.cancelled = true;
    };
  }
}

/** An immediate runs when no promise has anything left to do: enough, however long a chain of awaits is. */
function allPromisesRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.tie < other.tie);
}

function push(heap: Event[], event: Event): void {
  let place = heap.push(event) - 1;
  while (place > 0) {
    const above = (place - 1) >> 1;
    if (!isBefore(event, heap[above] as Event)) break;
    heap[place] = heap[above] as Event;
    place = above;
  }
  heap[place] = event;
}

function pop(heap: Event[]): Event | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (!first || !last || heap.length === 0) return first;
  let place = 0;
  for (;;) {
    let below = 2 * place + 1;
    if (below >= heap.length) break;
    if (below + 1 < heap.length && isBefore(heap[below + 1] as Event, heap[below] as Event)) below += 1;
    if (!isBefore(heap[below] as Event, last)) break;
    heap[place] = heap[below] as Event;
    place = below;
  }
  heap[place] = last;
  return first;
}
