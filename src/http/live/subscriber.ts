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
   * Delivers bytes, unless they equal the latest ones or the stream was ended. `sent` is called once: when the system
   * has taken these bytes or newer ones, or when the stream has ended.
   */
  deliver(bytes: Buffer, sent: () => void): Delivery;
  /** Cuts a client that takes nothing, and shows a quiet one that the stream lives. True if it was cut. */
  tend(): boolean;
  /** Ends the stream after the frame that is being sent. Later ones are not sent. */
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
  return new OutletSubscriber(outlet, clock);
}

// There are thousands: a class shares its methods, where closures would take half a kilobyte each time.
class OutletSubscriber implements Subscriber {
  readonly #outlet: Outlet;
  readonly #clock: { monotonic(): number };
  #latest: Buffer | null = null;
  #sending: Frame | null = null;
  #waiting: Frame | null = null;
  #isEnded = false;
  #wroteAt: number;

  constructor(outlet: Outlet, clock: { monotonic(): number }) {
    this.#outlet = outlet;
    this.#clock = clock;
    this.#wroteAt = clock.monotonic();
  }

  get transport(): Transport {
    return this.#outlet.transport;
  }

  deliver(bytes: Buffer, sent: () => void): Delivery {
    if (this.#isEnded || this.#latest === bytes || this.#latest?.equals(bytes)) {
      sent();
      return 'unchanged';
    }
    this.#latest = bytes;
    const frame = { bytes, sent };
    if (!this.#sending) {
      this.#write(frame);
      return 'sent';
    }
    const older = this.#waiting;
    this.#waiting = frame;
    older?.sent();
    return older ? 'replaced' : 'waiting';
  }

  tend(): boolean {
    const silentMs = this.#clock.monotonic() - this.#wroteAt;
    if ((this.#sending || this.#isEnded) && silentMs >= SLOW_MS) {
      this.#outlet.cut();
      return true;
    }
    if (!this.#sending && !this.#isEnded && silentMs >= HEARTBEAT_MS) {
      this.#outlet.heartbeat();
      this.#wroteAt = this.#clock.monotonic();
    }
    return false;
  }

  end(reason: EndReason): void {
    // A write to a stream after its end would be an error that nobody handles.
    this.#isEnded = true;
    this.#waiting?.sent();
    this.#waiting = null;
    if (!this.#sending) this.#wroteAt = this.#clock.monotonic();
    this.#outlet.end(reason);
  }

  closed(): void {
    const unsent = [this.#sending, this.#waiting];
    this.#sending = this.#waiting = null;
    for (const frame of unsent) frame?.sent();
  }

  #write(frame: Frame): void {
    this.#sending = frame;
    this.#wroteAt = this.#clock.monotonic();
    this.#outlet.write(frame.bytes, () => {
      if (this.#sending !== frame) return;
      this.#sending = null;
      frame.sent();
      const next = this.#waiting;
      this.#waiting = null;
      if (next && !next.bytes.equals(frame.bytes)) this.#write(next);
      else next?.sent();
    });
  }
}
