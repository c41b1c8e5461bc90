import type { Command, RedisClient, Reply } from '../../src/cache/redis/commands.ts';
import { RedisTimedOut } from '../../src/cache/redis/trip.ts';
import type { History, TripRecord } from './history.ts';
import type { RedisFault } from './plan.ts';
import type { Random } from './random.ts';
import { isWrite, type RedisStore } from './redis-store.ts';
import type { Scheduler } from './scheduler.ts';
import { SETTINGS } from './settings.ts';
import type { Life } from './upstream.ts';

export interface RedisNetwork {
  /** Replaces the connection of a process. */
  portOf(client: Life): RedisClient;
  /** A process stands still until then, and finds no connection for so long after that. */
  stall(process: number, untilMs: number, cutMs: number): void;
  /** Redis has a fault for one process, or for all if `process` is null. */
  break(fault: RedisFault, process: number | null, untilMs: number): void;
}

const SLOWEST_MS = 8;

/**
 * The network between the processes and Redis. Each direction takes time, replies overtake each other, and commands of
 * other processes may run between two commands of a trip.
 */
export function createRedisNetwork(
  store: RedisStore,
  scheduler: Scheduler,
  random: Random,
  history: History,
): RedisNetwork {
  const faults: { readonly fault: RedisFault; readonly process: number | null; readonly until: number }[] =
    [];

  const stalls: { readonly process: number; readonly until: number; readonly cutUntil: number }[] = [];

  return {
    stall: (process, until, cutMs) => void stalls.push({ process, until, cutUntil: until + cutMs }),
    break: (fault, process, until) => void faults.push({ fault, process, until }),
    portOf: ({ process, life }) => ({
      get isResuming() {
        const stall = stalls.findLast((each) => each.process === process && each.until <= scheduler.now());
        const isKnown = history.trips.some(
          (trip) =>
            trip.process === process &&
            trip.sentAt >= (stall?.until ?? 0) &&
            trip.settledAt !== null &&
            !trip.stalled,
        );
        return stall !== undefined && !isKnown;
      },
      send(commands, timeoutMs) {
        const redisKeys = new Set(commands.flatMap(keysOf));
        const trip: TripRecord = {
          process,
          redisKeys,
          sentAt: scheduler.now(),
          settledAt: null,
          failed: false,
        };
        history.trips.push(trip);
        const { promise, resolve, reject } = Promise.withResolvers<readonly Reply[]>();
        const settle = (failed: boolean) => {
          if (trip.settledAt !== null) return false;
          trip.settledAt = scheduler.now();
          // A reply that took the whole budget leaves no time for the next trip.
          trip.failed = failed || trip.settledAt - trip.sentAt >= SETTINGS.budgetMs;
          return true;
        };
        const fail = (cause: Error) => settle(true) && reject(cause);
        const fault = faultOf(process);
        const stall = stalls.find((each) => each.process === process && scheduler.now() < each.cutUntil);
        if (stall && !fault) {
          trip.stalled = true;
          scheduler.after(random.whole(0, 1), life, () => fail(new Error('the connection was cut')));
          return promise;
        }
        if (fault === 'refused') {
          scheduler.after(random.whole(0, 1), life, () => fail(new Error('ECONNREFUSED')));
          return promise;
        }
        const giveUp = scheduler.after(timeoutMs, life, () => {
          if (!settle(!isCutShort(trip, timeoutMs))) return;
          trip.timedOut = true;
          reject(new RedisTimedOut(timeoutMs));
        });
        if (fault === 'hung') return promise;
        const isLate = fault === 'late' && random.chance(0.7);
        // Half of the late trips are executed in time and answered too late. The other half are executed too late.
        const [there, back] = isLate
          ? random.pick([
              [0, 1],
              [1, 0],
            ] as const)
          : [0, 0];
        const lateBy = () => timeoutMs + random.whole(0, 150);
        // Each direction is slow by a chance of its own, so that a trip may get its reply before an earlier one.
        const way = () =>
          fault === 'slow' && random.chance(0.5) ? random.whole(15, 28) : random.whole(0, SLOWEST_MS);
        const requestMs = there ? lateBy() : way();
        scheduler.after(requestMs, null, () =>
          work(commands, process, (replies) =>
            scheduler.after(back ? lateBy() : way(), life, () => {
              giveUp();
              if (settle(replies.some((reply) => reply instanceof Error))) resolve(replies);
            }),
          ),
        );
        return promise;
      },
    }),
  };

  /**
   * Whether the timeout was shorter than a budget, and no trip of the process that ended when this one was sent had taken
   * the rest of the budget. Then the timeout does not mean that Redis took too long.
   */
  function isCutShort({ process, sentAt }: TripRecord, timeoutMs: number): boolean {
    const restMs = SETTINGS.budgetMs - timeoutMs;
    return (
      restMs > 0 &&
      !history.trips.some(
        (other) => other.process === process && other.settledAt === sentAt && sentAt - other.sentAt >= restMs,
      )
    );
  }

  function faultOf(process: number): RedisFault | undefined {
    const now = scheduler.now();
    return faults.find((each) => each.until > now && (each.process === null || each.process === process))
      ?.fault;
  }

  /** Executes the commands one after another, in one instant or in several. */
  function work(
    commands: readonly Command[],
    process: number,
    done: (replies: readonly Reply[]) => void,
  ): void {
    const replies: Reply[] = [];
    const isSplit = random.chance(0.4);
    const go = () => {
      while (replies.length < commands.length) {
        const command = commands[replies.length] as Command;
        const refused = isWrite(command) && faultOf(process) === 'read-only';
        const reply = refused
          ? new Error("READONLY You can't write against a read only replica.")
          : store.execute(command, process);
        replies.push(reply);
        history.tell(
          () =>
            `      ${command
              .map(String)
              .join(' ')
              .replaceAll(/[^ -~]+/g, ' ')
              .slice(0, 150)} of process ${process}: ${String(reply)
              .replaceAll(/[^ -~]+/g, ' ')
              .slice(0, 40)}`,
        );
        if (isSplit && random.chance(0.3)) {
          scheduler.after(random.whole(0, 3), null, go);
          return;
        }
      }
      done(replies);
    };
    go();
  }
}

export function keysOf([name, ...args]: Command): readonly string[] {
  return name === 'EVAL' ? args.slice(2, 2 + Number(args[1])).map(String) : [String(args[0])];
}
