import { createSingleFlight } from '../../cache/index.ts';
import type { ChangeSignals } from '../../repository/index.ts';
import { type Payload, readPayload } from './payload.ts';

/** What became of a delivery. `partly`: some of its signals could not be read, and the others were taken. */
export type Outcome =
  | {
      readonly kind: 'taken';
      readonly accepted: number;
      /** How many tags were invalidated, and when that was acknowledged, in milliseconds since the epoch. */
      readonly tags: number;
      readonly at: number;
    }
  | { readonly kind: 'partly'; readonly accepted: number; readonly refused: Payload['refused'] };

/** Takes deliveries whose signature is right. */
export interface Intake {
  /**
   * `identity` tells the delivery from all others. The same delivery invalidates again each time it comes; one that
   * comes while it is being taken shares the outcome of the first.
   * @throws RequestRefused for a body that is no list of signals, InvalidationNotAcknowledged where Redis did not take
   * all of it. Taking the same again is safe.
   */
  take(identity: string, body: Buffer): Promise<Outcome>;
}

export interface IntakeOptions {
  readonly signals: ChangeSignals;
}

export function createIntake({ signals }: IntakeOptions): Intake {
  const deliveries = createSingleFlight<string, Outcome>();
  return {
    take: (identity, body) => deliveries.join(identity) ?? deliveries.add(identity, invalidate(body)),
  };

  async function invalidate(body: Buffer): Promise<Outcome> {
    const { signals: read, refused } = readPayload(body);
    const accepted = read.length;
    if (accepted === 0) return { kind: 'partly', accepted, refused };
    const { tags, at } = await signals.take(read, refused.length);
    return refused.length === 0
      ? { kind: 'taken', accepted, tags, at }
      : { kind: 'partly', accepted, refused };
  }
}
