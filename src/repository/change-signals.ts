import type { Cache } from '../cache/index.ts';
import type { Report } from './events.ts';
import { invalidateTags } from './invalidations.ts';
import { boundedTags, type Change, reachOf } from './keys.ts';

/** A change that the source reports. */
export interface ChangeSignal extends Change {
  readonly occurredAt: Date;
}

/** The result of an acknowledged delivery. */
interface Taken {
  /** Number of invalidated tags. */
  readonly tags: number;
  /** When the last of them was acknowledged, in milliseconds since the epoch. */
  readonly at: number;
}

export interface ChangeSignals {
  /**
   * Invalidates everything that the signals reach; there is at least one. `refused`, for the report, is the number of
   * invalid signals in the same delivery.
   * @throws InvalidationNotAcknowledged if Redis did not acknowledge all of it. Retrying with the same signals is safe.
   */
  take(signals: readonly ChangeSignal[], refused: number): Promise<Taken>;
}

export interface ChangeSignalsOptions {
  readonly cache: Pick<Cache, 'invalidate'>;
  readonly report: Report;
}

export function createChangeSignals({ cache, report }: ChangeSignalsOptions): ChangeSignals {
  return {
    async take(signals, refused) {
      const tags = tagsOfSignals(signals);
      const { at } = await invalidateTags(cache, tags, 'webhook');
      const occurredAt = signals.reduce(
        (earliest, each) => Math.min(earliest, each.occurredAt.getTime()),
        at,
      );
      report({
        type: 'signals-taken',
        taken: signals.length,
        refused,
        tags: tags.length,
        latencyMs: at - occurredAt,
      });
      return { tags: tags.length, at };
    },
  };
}

/** The tags that the signals reach, each once. */
export function tagsOfSignals(signals: readonly ChangeSignal[]): readonly string[] {
  return boundedTags(allTagsOf(signals));
}

function* allTagsOf(signals: readonly ChangeSignal[]): Generator<string> {
  for (const signal of signals) yield* reachOf(signal);
}
