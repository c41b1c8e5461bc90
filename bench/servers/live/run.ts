import { setTimeout } from 'node:timers/promises';
import { type Summary, summarise } from '../../lib/statistics.ts';
import type { Change } from '../peers/live-data.ts';
import type { Surroundings } from '../scenario.ts';
import { titleOf } from './connection.ts';
import type { LiveContender } from './contenders.ts';
import { startObserved } from './observed-server.ts';
import { openSubscribers } from './subscribers.ts';

/** What the subscribers of a run ask, and what changes. */
export interface LiveLoad {
  readonly bodies: readonly string[];
  readonly subscribers: number;
  readonly catalog: Omit<Change, 'title'>;
  readonly changes: number;
  /** From the announcement of a change to that of the next, at least. */
  readonly everyMs: number;
  /** Time for what goes on after subscribers have come or gone. */
  readonly settleMs: number;
}

export interface LiveResult {
  readonly executionsPerChange: number;
  readonly eventsPerChange: number;
  readonly cpuMsPerChange: number;
  /** From the announcement of a change until half of the subscribers have it. */
  readonly medianMs: Summary;
  readonly lastMs: Summary;
  /** From the first connection to the first event of the last subscriber. */
  readonly openMs: number;
  /** The growth of resident memory, and of JavaScript objects and buffers. */
  readonly residentPerSubscriber: number;
  readonly usedPerSubscriber: number;
}

// Subscribers that come and go before the measurement, so that code and pools are there.
const WARM_UP_SUBSCRIBERS = 200;
const WARM_UP_CHANGES = 3;

/** Measures one server with open subscribers and a number of changes. */
export async function runLive(
  contender: LiveContender,
  { bodies, subscribers, catalog, changes, everyMs, settleMs }: LiveLoad,
  surroundings: Surroundings,
): Promise<LiveResult> {
  const { protocol, name } = contender;
  const { progress } = surroundings;
  const show = async (url: string, change: number) => {
    const shown = { ...catalog, title: titleOf(change) };
    await contender.prepare(shown);
    const at = now();
    await contender.announce(url, shown);
    return at;
  };

  progress.now(`starting ${name}`);
  const server = await startObserved(contender, surroundings);
  const { url } = server;
  try {
    await show(url, 0);
    const early = await openSubscribers({ url, protocol, bodies, subscribers: WARM_UP_SUBSCRIBERS });
    for (let change = 1; change <= WARM_UP_CHANGES; change += 1) {
      await show(url, change);
      await early.arrival(change);
    }
    await early.close();
    await show(url, 0);
    await setTimeout(settleMs);
    const before = await server.collectedUsage();

    progress.now(`${subscribers} subscribers of ${name}`);
    const openedAt = now();
    const all = await openSubscribers({ url, protocol, bodies, subscribers });
    try {
      const { lastAt: openAt } = await all.arrival(0);
      await setTimeout(settleMs);
      const open = await server.collectedUsage();

      const { events } = await all.arrival(0);
      const start = await server.usage();
      const medians: number[] = [];
      const lasts: number[] = [];
      let seen = events;
      for (let change = 1; change <= changes; change += 1) {
        progress.now(`change ${change} of ${changes}: ${name}`);
        const at = await show(url, change);
        const arrival = await all.arrival(change);
        medians.push(arrival.medianAt - at);
        lasts.push(arrival.lastAt - at);
        seen = arrival.events;
        await setTimeout(Math.max(0, everyMs - (now() - at)));
      }
      const end = await server.usage();
      return {
        executionsPerChange: (end.executions - start.executions) / changes,
        eventsPerChange: (seen - events) / changes,
        cpuMsPerChange: (end.cpuMs - start.cpuMs) / changes,
        medianMs: summarise(medians),
        lastMs: summarise(lasts),
        openMs: openAt - openedAt,
        residentPerSubscriber: (open.resident - before.resident) / subscribers,
        usedPerSubscriber: (open.used - before.used) / subscribers,
      };
    } finally {
      await all.close();
    }
  } finally {
    await server.stop();
  }
}

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
