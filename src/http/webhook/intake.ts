import { createSingleFlight } from '../../cache/index.ts';
import type { ChangeSignals } from '../../repository/index.ts';
import { type Payload, readPayload } from './payload.ts';

/** The result of a delivery. `partly`: some of its signals are invalid, and the others were accepted. */
export type DeliveryResult =
  | {
      readonly kind: 'taken';
      readonly accepted: number;
      /** How many tags were invalidated, and when that was acknowledged, in milliseconds since the epoch. */
      readonly tags: number;
      readonly at: number;
    }
  | { readonly kind: 'partly'; readonly accepted: number; readonly refused: Payload['refused'] };

/** Accepts deliveries with a valid signature. */
export interface Intake {
  /**
   * `identity` is unique to the delivery. The same delivery invalidates again each time it comes. While it is in
   * progress, a repetition shares its result.
   * @throws RequestRefused for a body that is not a list of signals, InvalidationNotAcknowledged if Redis did not
   * acknowledge all of it. A repetition is safe.
   */
  take(identity: string, body: Buffer): Promise<DeliveryResult>;
}

export interface IntakeOptions {
  readonly signals: ChangeSignals;
}

export function createIntake({ signals }: IntakeOptions): Intake {
  const deliveries = createSingleFlight<string, DeliveryResult>();
  return {
    take: (identity, body) => deliveries.join(identity) ?? deliveries.add(identity, invalidate(body)),
  };

  async function invalidate(body: Buffer): Promise<DeliveryResult> {
    const { signals: read, refused } = readPayload(body);
    const accepted = read.length;
    if (accepted === 0) return { kind: 'partly', accepted, refused };
    const { tags, at } = await signals.take(read, refused.length);
    return refused.length === 0
      ? { kind: 'taken', accepted, tags, at }
      : { kind: 'partly', accepted, refused };
  }
}
