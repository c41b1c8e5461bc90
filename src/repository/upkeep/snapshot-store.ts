import type { Cache } from '../../cache/cache.ts';
import type { HeldEntry } from '../../cache/inspector.ts';
import { defineKeyClass } from '../../cache/key-class.ts';
import { patience } from './patience.ts';
import { packSnapshot, type Snapshot, unpackSnapshot } from './snapshot.ts';

/** The snapshot of the last poll, whichever process made it. */
export interface SnapshotStore {
  /**
   * Null where there is none.
   * @throws SnapshotNotRead where an older one may be all that this process has.
   */
  read(): Promise<Snapshot | null>;
  /**
   * Puts it in the place of the one that was read. Where that fails half-way there is none, which a later poll finds.
   * @throws InvalidationNotAcknowledged where Redis did not take it: the one that was read stands.
   */
  replace(snapshot: Snapshot): Promise<void>;
  /** Keeps for longer the one that was read, which this one equals. */
  prolong(snapshot: Snapshot): Promise<void>;
}

/** Whether a newer snapshot lies in Redis than this process has is not known. */
class SnapshotNotRead extends Error {
  override name = 'SnapshotNotRead' as const;
}

const KEPT_MS = 7 * 24 * 60 * 60_000;
// 5 million catalogs.
const MOST_BYTES = 64 * 1024 * 1024;

const NAME = 'poll_snapshot';
const TAG = 'poll-snapshot';
const ONLY = 'last';

const snapshots = defineKeyClass<typeof ONLY, Snapshot>({
  name: 'snapshots',
  key: () => NAME,
  // A snapshot lies in the memory of each process that has read or made one. Its tag tells them that it is over.
  tags: () => [TAG],
  policy: { freshMs: KEPT_MS, staleMs: KEPT_MS, jitter: 0, maxBytes: MOST_BYTES },
  codec: { toJson: packSnapshot, fromJson: unpackSnapshot },
});

/**
 * Shared by all processes, any of which makes the next poll. To compare with an older snapshot than the last would be
 * to miss what was changed and changed back, so a read that cannot rule that out fails.
 */
export function createSnapshotStore(
  cache: Pick<Cache, 'peek' | 'inspect' | 'invalidate' | 'stamp' | 'set'>,
): SnapshotStore {
  return {
    async read() {
      // What memory holds is judged by one trip, and where it turns out to be over, that trip has not brought its
      // successor: the second does.
      const found = (await peek()) ?? (await peek());
      // A Redis that does not answer makes the cache believe its memory, and so does trust for a moment. Here is what
      // Redis says of both.
      const { memory, redis, redisAnswered } = await cache.inspect(NAME);
      const isOver = found !== undefined && memory !== null && !isCurrent(memory);
      const isMissed = found === undefined && redis !== null && isCurrent(redis);
      if (!redisAnswered || isOver || isMissed)
        throw new SnapshotNotRead('the snapshot of the last poll could not be read');
      return found ?? null;
    },
    async replace(snapshot) {
      await cache.invalidate([TAG], 'poller');
      await store(snapshot);
    },
    prolong: store,
  };

  function peek(): Promise<Snapshot | undefined> {
    return cache.peek(snapshots, ONLY, { budget: patience });
  }

  async function store(snapshot: Snapshot) {
    const stamp = await cache.stamp(snapshots, [ONLY], { budget: patience });
    await cache.set(snapshots, new Map([[ONLY, snapshot]]), stamp);
  }
}

function isCurrent({ tags }: HeldEntry): boolean {
  return tags.every(({ current }) => current);
}
