import { type CacheModule, type LockHandle, lockKey } from '../../cache/index.ts';
import { NotASnapshot, packedLength, packSnapshot, type Snapshot, unpackSnapshot } from './snapshot.ts';

/** The snapshot of the last poll, whichever process made it. */
export interface SnapshotStore {
  /**
   * Null if there is none.
   * @throws SnapshotNotRead if Redis does not answer.
   */
  read(): Promise<Snapshot | null>;
  /** Whether there is one, as far as Redis says. */
  exists(): Promise<boolean>;
  /** @throws SnapshotTooLarge for a snapshot that cannot be stored. */
  checkSize(snapshot: Snapshot): void;
  /**
   * Replaces the snapshot, under the lock of the poll.
   * @throws LockLost, and nothing is replaced, if another process may have stored one since.
   */
  replace(snapshot: Snapshot, lock: LockHandle): Promise<void>;
  /**
   * Extends the expiry of the snapshot, which the poll found unchanged. If it is missing, stores this one. Does nothing
   * if the lock is lost: the process that has it now takes care of its own.
   */
  prolong(snapshot: Snapshot, lock: LockHandle): Promise<void>;
}

/** Redis did not answer, so this process cannot know the last snapshot. */
class SnapshotNotRead extends Error {
  override name = 'SnapshotNotRead' as const;
}

/** The source has more sellers and catalogs than a snapshot holds. */
class SnapshotTooLarge extends Error {
  override name = 'SnapshotTooLarge' as const;
}

const KEPT_MS = 7 * 24 * 60 * 60_000;
// 4 million catalogs.
const MAX_CHARACTERS = 64 * 1024 * 1024;
const ENVELOPE_BYTES = 1024;
// No request waits for a poll, and a snapshot is large.
const TRIP_MS = 2000;

/** The job whose lock a snapshot is stored under. */
export const POLL_JOB = 'poll';

/**
 * The snapshot is shared by all processes, because any of them may make the next poll. A comparison with an older
 * snapshot than the last would miss a change that was reverted. Therefore every read asks Redis, and only the process
 * that holds the lock of the poll stores a snapshot. Redis checks the lock and stores the snapshot in one step:
 *
 *   L, which lost the lock   reads the source ──────────────────────── stores: refused
 *   N, which has it now      ──────────── reads the source ── stores ─────────────────
 */
export function createSnapshotStore(keyValue: CacheModule['keyValue']): SnapshotStore {
  const stored = keyValue({
    name: 'snapshots',
    maxBytes: MAX_CHARACTERS + ENVELOPE_BYTES,
    timeoutMs: TRIP_MS,
  });
  const key = lockKey(POLL_JOB);
  return {
    async read() {
      const packed = await stored.get(key).catch((cause: unknown) => {
        throw new SnapshotNotRead('the snapshot of the last poll could not be read', { cause });
      });
      return packed === null ? null : unpackSnapshot(packed).catch(noneOf);
    },
    exists: () => stored.has(key).catch(() => false),
    checkSize(snapshot) {
      const length = packedLength(snapshot);
      if (length <= MAX_CHARACTERS) return;
      throw new SnapshotTooLarge(
        `the packed snapshot has ${length} characters, of ${MAX_CHARACTERS} at most`,
      );
    },
    replace,
    async prolong(snapshot, lock) {
      if ((await stored.extendLocked(lock, KEPT_MS)) === 'absent') await replace(snapshot, lock);
    },
  };

  async function replace(snapshot: Snapshot, lock: LockHandle): Promise<void> {
    await stored.setLocked(lock, await packSnapshot(snapshot), KEPT_MS);
  }
}

/** A stored value that is not a snapshot counts as none. */
function noneOf(cause: unknown): null {
  if (cause instanceof NotASnapshot) return null;
  throw cause;
}
