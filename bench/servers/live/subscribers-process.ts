import { once } from 'node:events';
import { openConnection, type Protocol } from './connection.ts';

/** The order to a process of subscribers. */
export interface Order {
  readonly url: string;
  readonly protocol: Protocol;
  /** The requests. Subscribers take them in turn. */
  readonly bodies: readonly string[];
  readonly subscribers: number;
}

/** A change is at all subscribers. Times are those of the monotonic clock that all processes share, in milliseconds. */
export interface Arrival {
  readonly change: number;
  readonly medianAt: number;
  readonly lastAt: number;
  /** Events that all subscribers together have had until now. */
  readonly events: number;
}

const OPENED_AT_ONCE = 50;

const [{ url, protocol, bodies, subscribers }] = (await once(process, 'message')) as [Order];
const target = new URL(url);
// When each change arrived at each subscriber, by the number of the change.
const arrivals: number[][] = [];
let opened = 0;
let events = 0;

for (let at = 0; at < Math.min(OPENED_AT_ONCE, subscribers); at += 1) openNext();

function openNext(): void {
  if (opened === subscribers) return;
  const body = bodies[opened % bodies.length] ?? '';
  opened += 1;
  let newest = -1;
  openConnection({
    url: target,
    protocol,
    body,
    onEvent(change) {
      events += 1;
      if (newest === -1) openNext();
      const now = Number(process.hrtime.bigint()) / 1e6;
      // A state replaces all that were before.
      while (newest < change) arrived(++newest, now);
    },
    onEnd(why) {
      process.stderr.write(`A subscriber ended: ${why}\n`);
      process.exit(1);
    },
  });
}

function arrived(change: number, now: number): void {
  const times = arrivals[change] ?? [];
  arrivals[change] = times;
  if (times.push(now) < subscribers) return;
  const medianAt = times[Math.floor(times.length / 2)] ?? now;
  process.send?.({ change, medianAt, lastAt: now, events } satisfies Arrival);
}
