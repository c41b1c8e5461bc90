import { type Cache, defineKeyClass, type HeldEntry, type HeldTurn } from '../../cache/index.ts';
import { patience } from './background-budget.ts';
import { NotASnapshot, packedLength, packSnapshot, type Snapshot, unpackSnapshot } from './snapshot.ts';

/** The snapshot of the last poll, whichever process made it. */
export interface SnapshotStore {
  /**
   * Null where there is none.
   * @throws SnapshotNotRead where an older one may be all that this process has.
   */
  read(): Promise<LastSnapshot | null>;
  /** Whether there is one, as far as Redis says. */
  exists(): Promise<boolean>;
  /** @throws SnapshotTooLarge for one that could not be kept. */
  checkSize(snapshot: Snapshot): void;
  /**
   * Puts it in the place of the one that was read in this turn. Where that fails half-way there is none, which a later
   * poll finds.
   * @throws InvalidationNotAcknowledged where Redis did not take it: the one that was read stands.
   * @throws TurnLost where another process may have stored one since.
   */
  replace(snapshot: Snapshot, turn: ConfirmedTurn): Promise<void>;
  /**
   * Keeps the one that was read for longer, where it needs that.
   * @throws TurnLost as `replace` does.
   */
  prolong(last: LastSnapshot, turn: ConfirmedTurn): Promise<void>;
}

interface LastSnapshot {
  readonly snapshot: Snapshot;
  /** Whether Redis will not have it for long, or has it no more. */
  readonly endsSoon: boolean;
}

type ConfirmedTurn = Pick<HeldTurn, 'confirm'>;

/** Whether a newer snapshot lies in Redis than this process has is not known. */
class SnapshotNotRead extends Error {
  override name = 'SnapshotNotRead' as const;
}

/** The source has more sellers and catalogs than a snapshot holds. */
class SnapshotTooLarge extends Error {
  override name = 'SnapshotTooLarge' as const;
}

const KEPT_MS = 7 * 24 * 60 * 60_000;
// 4 million catalogs.
const MOST_CHARACTERS = 64 * 1024 * 1024;
// The times and the tag of its entry.
const ENVELOPE_BYTES = 1024;

const NAME = 'poll_snapshot';
const ONLY = 'last';

// Packed in memory too: it is one string there, and whoever has it takes his time to open it.
function defineSnapshots(tag: string) {
  return defineKeyClass<typeof ONLY, unknown>({
    name: 'snapshots',
    key: () => NAME,
    // A snapshot lies in the memory of each process that has read or made one. Its tag tells them that it is over.
    tags: () => [tag],
    policy: { freshMs: KEPT_MS, staleMs: KEPT_MS, jitter: 0, maxBytes: MOST_CHARACTERS + ENVELOPE_BYTES },
    codec: { toJson: (packed) => packed, fromJson: (packed) => packed },
  });
}

/**
 * Shared by all processes, any of which makes the next poll. To compare with an older snapshot than the last would be
 * to miss what was changed and changed back, so a read that cannot rule that out fails, and so does a poll that would
 * store what it read before another has stored what it read later.
 */
export function createSnapshotStore(
  cache: Pick<Cache, 'keyPrefix' | 'peek' | 'inspect' | 'invalidate' | 'stamp' | 'set'>,
): SnapshotStore {
  // Gateways of one source share the generations of tags, and each form of rows has a snapshot of its own: a poll that
  // replaces one must not end another, after which everything would be invalidated.
  const tag = `poll-snapshot:${cache.keyPrefix}`;
  const snapshots = defineSnapshots(tag);
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
        throw new SnapshotNotRead('Redis did not confirm the snapshot of the last poll');
      const snapshot = await unpackSnapshot(found).catch(noneOf);
      const endsSoon = redis === null || !isCurrent(redis) || redis.freshForMs < KEPT_MS / 2;
      return snapshot && { snapshot, endsSoon };
    },
    async exists() {
      const { redis } = await cache.inspect(NAME);
      return redis !== null && isCurrent(redis);
    },
    checkSize(snapshot) {
      const length = packedLength(snapshot);
      if (length <= MOST_CHARACTERS) return;
      throw new SnapshotTooLarge(
        `the packed snapshot has ${length} characters; the maximum is ${MOST_CHARACTERS}`,
      );
    },
    async replace(snapshot, turn) {
      // Before the last one is over, for it takes long.
      const packed = await packSnapshot(snapshot);
      // Not needed for what `store` promises: it spares what another has stored from being ended for nothing.
      await turn.confirm();
      await cache.invalidate([tag], 'upkeep');
      await store(packed, turn);
    },
    async prolong({ snapshot, endsSoon }, turn) {
      if (endsSoon) await store(await packSnapshot(snapshot), turn);
    },
  };

  function peek(): Promise<unknown> {
    return cache.peek(snapshots, ONLY, { budget: patience, background: true });
  }

  /**
   * A poll that has lost its turn and does not know it, L, must not store what it read before N, which has the turn
   * now. L invalidates, takes the stamp, confirms the turn and sets, whenever N comes:
   * - before L confirms: L stops there. All it may have done is to end what N has stored, so that there is none.
   * - after: N began after L's stamp was taken. If N replaces the snapshot, it invalidates the tag, which makes L's set a
   *   miss however late that comes, and at worst one that lies in the place of N's, so that there is none. If N prolongs
   *   it, then it has compared its own reading with what L sets, or with what L also prolongs, and found the same.
   * To take the stamp after the turn is confirmed would not do: N could store between the two, under the same stamp.
   */
  async function store(packed: string, turn: ConfirmedTurn) {
    const stamp = await cache.stamp(snapshots, [ONLY], { budget: patience });
    await turn.confirm();
    await cache.set(snapshots, new Map([[ONLY, packed]]), stamp);
  }
}

/** What lies there but is no snapshot is none. */
function noneOf(cause: unknown): null {
  if (cause instanceof NotASnapshot) return null;
  throw cause;
}

function isCurrent({ tags }: HeldEntry): boolean {
  return tags.every(({ current }) => current);
}
