import { setTimeout } from 'node:timers/promises';
import type { Member } from './fleet.ts';
import type { Upstream } from './upstream.ts';

/** What requests met while something was wrong. */
export interface Measured {
  readonly requests: number;
  readonly errors: readonly unknown[];
  readonly longestMs: number;
  /** The oldest answer, counted from the acknowledgement of the invalidation that should have ended it. */
  readonly stalestMs: number;
  /** Answers of a process that are older than an invalidation which the same process had acknowledged before. */
  readonly brokenPromises: number;
  readonly invalidations: { readonly acknowledged: number; readonly refused: number };
}

export interface Traffic {
  /** Changes a thing and invalidates it through that member: whether it was acknowledged. */
  invalidate(member: Member, id: number): Promise<boolean>;
  stop(): Promise<Measured>;
}

interface Acknowledged {
  readonly by: Member;
  readonly id: number;
  readonly version: number;
  readonly at: number;
}

// Two busy cores, several tests at once: enough to be in the way of every fault, and no more.
const PAUSE_MS = 3;
const READERS_EACH = 4;

/** Readers that ask every member for the things, one after another without end, until they are stopped. */
export function startTraffic(
  members: readonly Member[],
  ids: readonly number[],
  upstream: Upstream,
): Traffic {
  const acknowledged: Acknowledged[] = [];
  const errors: unknown[] = [];
  const invalidations = { acknowledged: 0, refused: 0 };
  let requests = 0;
  let longestMs = 0;
  let stalestMs = 0;
  let brokenPromises = 0;
  let running = true;

  const readers = members.flatMap((member) => Array.from({ length: READERS_EACH }, () => read(member)));

  return {
    async invalidate(member, id) {
      upstream.change(id);
      const version = upstream.versionOf(id);
      try {
        await member.cache.invalidate([`thing:${id}`]);
        acknowledged.push({ by: member, id, version, at: performance.now() });
        invalidations.acknowledged += 1;
        return true;
      } catch {
        invalidations.refused += 1;
        return false;
      }
    },
    async stop() {
      running = false;
      await Promise.all(readers);
      return { requests, errors, longestMs, stalestMs, brokenPromises, invalidations };
    },
  };

  async function read(member: Member): Promise<void> {
    for (let turn = 0; running; turn += 1) {
      const id = ids[turn % ids.length] as number;
      const startedAt = performance.now();
      requests += 1;
      try {
        const { version } = await member.get(id);
        judge(member, id, version, startedAt);
      } catch (error) {
        errors.push(error);
      }
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      await setTimeout(PAUSE_MS);
    }
  }

  function judge(member: Member, id: number, version: number, startedAt: number): void {
    for (const each of acknowledged) {
      if (each.id !== id || version >= each.version || startedAt < each.at) continue;
      stalestMs = Math.max(stalestMs, startedAt - each.at);
      if (each.by === member) brokenPromises += 1;
    }
  }
}

/** Says in one line what a test measured. */
export function say(what: string, measured: Measured, upstream: Upstream): void {
  const { requests, errors, longestMs, stalestMs, invalidations } = measured;
  process.stdout.write(
    `${what}: ${requests} requests, ${errors.length} errors, ${(upstream.loads / upstream.keys).toFixed(1)} loads a key (most ${upstream.most}), ` +
      `longest answer ${longestMs.toFixed(0)} ms, stalest value ${stalestMs.toFixed(0)} ms, ` +
      `invalidations ${invalidations.acknowledged} taken and ${invalidations.refused} refused\n`,
  );
}
