import type { Backplane, Message } from '../../src/cache/backplane.ts';
import type { History } from './history.ts';
import type { MessageFault } from './plan.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

export interface Messages {
  backplaneOf(process: number): Backplane;
  /** Tells the process that it may have missed something. */
  gap(process: number): void;
  break(fault: MessageFault, untilMs: number): void;
}

/** What processes tell each other: each message to each process by itself, in any order. */
export function createMessages(scheduler: Scheduler, random: Random, history: History): Messages {
  const faults: { readonly fault: MessageFault; readonly until: number }[] = [];
  const listeners = new Map<number, { onMessage(message: Message): void; onGap(): void }>();
  const deliver = (process: number, message: Message, ms: number) =>
    scheduler.after(ms, process, () => {
      if (message.type === 'invalidated')
        history.heard.push({ process, tags: message.tags, at: scheduler.now() });
      listeners.get(process)?.onMessage(message);
    });

  return {
    break: (fault, until) => void faults.push({ fault, until }),
    gap: (process) => listeners.get(process)?.onGap(),
    backplaneOf: (sender) => ({
      listen: (onMessage, onGap) => void listeners.set(sender, { onMessage, onGap }),
      publish(message) {
        for (const process of listeners.keys()) {
          if (process === sender) continue;
          const fault = faults.find(({ until }) => until > scheduler.now())?.fault;
          if (fault === 'lost' && random.chance(0.8)) continue;
          deliver(process, message, fault === 'late' ? random.whole(50, 600) : random.whole(0, 6));
          if (fault === 'doubled') deliver(process, message, random.whole(0, 300));
        }
      },
    }),
  };
}
