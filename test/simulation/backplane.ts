import type { Backplane, Message } from '../../src/cache/engine/backplane.ts';
import type { History } from './history.ts';
import type { MessageFault } from './plan.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Life } from './upstream.ts';

export interface Messages {
  backplaneOf(receiver: Life): Backplane;
  /** The process no longer receives messages. */
  leave(process: number): void;
  /** Reports to the process that it may have missed messages. */
  gap(process: number): void;
  break(fault: MessageFault, untilMs: number): void;
}

interface Listener extends Life {
  onMessage(message: Message): void;
  onGap(): void;
}

/** Messages between processes. Each arrives at each process separately, in any order. */
export function createMessages(scheduler: Scheduler, random: Random, history: History): Messages {
  const faults: { readonly fault: MessageFault; readonly until: number }[] = [];
  const listeners = new Map<number, Listener>();
  // Messages in transit to a killed process are lost.
  const deliver = ({ process, life, onMessage }: Listener, message: Message, ms: number) =>
    scheduler.after(ms, life, () => {
      if (message.type === 'invalidated')
        history.heard.push({ process, tags: message.tags, at: scheduler.now() });
      onMessage(message);
    });

  return {
    break: (fault, until) => void faults.push({ fault, until }),
    gap(process) {
      history.gaps.push({ process, at: scheduler.now() });
      listeners.get(process)?.onGap();
    },
    leave: (process) => void listeners.delete(process),
    backplaneOf: (receiver) => ({
      listen: (onMessage, onGap) => void listeners.set(receiver.process, { ...receiver, onMessage, onGap }),
      publish(message) {
        for (const listener of listeners.values()) {
          if (listener.process === receiver.process) continue;
          const fault = faults.find(({ until }) => until > scheduler.now())?.fault;
          if (fault === 'lost' && random.chance(0.8)) continue;
          deliver(listener, message, fault === 'late' ? random.whole(50, 600) : random.whole(0, 6));
          if (fault === 'doubled') deliver(listener, message, random.whole(0, 300));
        }
      },
    }),
  };
}
