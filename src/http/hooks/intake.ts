import type { ChangeSignals } from '../../repository/index.ts';
import type { Deliveries } from './deliveries.ts';
import { type Payload, readPayload } from './payload.ts';

/** What became of a delivery. `partly`: some of its signals could not be read, and the others were taken. */
export type Outcome =
  | { readonly kind: 'replay' }
  | {
      readonly kind: 'taken';
      readonly accepted: number;
      /** How many tags were invalidated, and when that was acknowledged, in milliseconds since the epoch. */
      readonly tags: number;
      readonly at: number;
    }
  | { readonly kind: 'partly'; readonly accepted: number; readonly refused: Payload['refused'] };

/** Takes deliveries whose signature is right, each once. */
export interface Intake {
  /**
   * `identity` is what tells the delivery from all others. One that comes while it is being taken has the outcome of the
   * first: that it was taken before is not true yet, and may never be.
   * @throws RequestRefused for a body that is no list of signals, InvalidationNotAcknowledged where Redis did not take
   * all of it or did not answer. To take the same again is safe.
   */
  take(identity: string, body: Buffer): Promise<Outcome>;
}

export interface IntakeOptions {
  readonly signals: ChangeSignals;
  readonly deliveries: Deliveries;
}

export function createIntake({ signals, deliveries }: IntakeOptions): Intake {
  const underWay = new Map<string, Promise<Outcome>>();
  return {
    take(identity, body) {
      const outcome =
        underWay.get(identity) ?? takeFirst(identity, body).finally(() => underWay.delete(identity));
      underWay.set(identity, outcome);
      return outcome;
    },
  };

  async function takeFirst(identity: string, body: Buffer): Promise<Outcome> {
    if (await deliveries.has(identity)) return { kind: 'replay' };
    const { signals: read, refused } = readPayload(body);
    const accepted = read.length;
    if (accepted === 0) return { kind: 'partly', accepted, refused };
    const { tags, at } = await signals.take(read, refused.length);
    // Not before: a delivery that was not acknowledged has to come again.
    await deliveries.note(identity);
    return refused.length === 0
      ? { kind: 'taken', accepted, tags, at }
      : { kind: 'partly', accepted, refused };
  }
}
