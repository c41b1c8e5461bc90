import type { Delivery, EndReason, Transport } from '../events.ts';

/** A connection to a client, for the frames of one stream. */
export interface Outlet {
  readonly transport: Transport;
  /** Writes an event with the JSON of a result. `sent` is called when the system has taken it, or never. */
  write(bytes: Buffer, sent: () => void): void;
  heartbeat(): void;
  /** Ends the stream. */
  end(reason: EndReason): void;
  /** Cuts the connection, without waiting for what is not sent. */
  cut(): void;
}

/** One stream of events. It holds at most one frame that is being sent, and one that waits. */
export interface Subscriber {
  readonly transport: Transport;
  /**
   * Delivers bytes, unless they equal the latest ones. `sent` is called once: when the system has taken these bytes or
   * newer ones, or when the stream has ended.
   */
  deliver(bytes: Buffer, sent: () => void): Delivery;
  /** Cuts a client that takes nothing, and shows a quiet one that the stream lives. True if it was cut. */
  tend(): boolean;
  end(reason: EndReason): void;
  /** The connection is closed. */
  closed(): void;
}

/** How long a stream may be silent, in milliseconds. Proxies close connections that are silent for a minute. */
export const HEARTBEAT_MS = 15_000;
/** How long a client may take nothing of a frame, in milliseconds. */
export const SLOW_MS = 30_000;

interface Frame {
  readonly bytes: Buffer;
  readonly sent: () => void;
}

export function createSubscriber(outlet: Outlet, clock: { monotonic(): number }): Subscriber {
  let latest: Buffer | null = null;
  let sending: Frame | null = null;
  let waiting: Frame | null = null;
  let wroteAt = clock.monotonic();

  return {
    transport: outlet.transport,
    deliver(bytes, sent) {
      if (latest === bytes || latest?.equals(bytes)) {
        sent();
        return 'unchanged';
      }
      latest = bytes;
      const frame = { bytes, sent };
      if (!sending) {
        write(frame);
        return 'sent';
      }
      const older = waiting;
      waiting = frame;
      older?.sent();
      return older ? 'replaced' : 'waiting';
    },
    tend() {
      const silentMs = clock.monotonic() - wroteAt;
      if (sending && silentMs >= SLOW_MS) {
        outlet.cut();
        return true;
      }
      if (!sending && silentMs >= HEARTBEAT_MS) {
        outlet.heartbeat();
        wroteAt = clock.monotonic();
      }
      return false;
    },
    end: outlet.end,
    closed() {
      const unsent = [sending, waiting];
      sending = waiting = null;
      for (const frame of unsent) frame?.sent();
    },
  };

  function write(frame: Frame): void {
    sending = frame;
    wroteAt = clock.monotonic();
    outlet.write(frame.bytes, () => {
      if (sending !== frame) return;
      sending = null;
      frame.sent();
      const next = waiting;
      waiting = null;
      if (next && !next.bytes.equals(frame.bytes)) write(next);
      else next?.sent();
    });
  }
}
