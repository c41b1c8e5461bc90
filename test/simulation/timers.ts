import type { Scheduler } from './scheduler.ts';

/**
 * Lets the timers that a process sets ring on virtual time, until what this returns is called. The breaker sets its
 * own; whose they are is whose event is running. Those that nobody simulated sets stay as they are.
 */
export function takeOverTimers(scheduler: Scheduler): () => void {
  const { setTimeout, clearTimeout } = globalThis;
  const set = (run: () => void, ms?: number) => {
    const owner = scheduler.owner();
    if (owner === null) return setTimeout(run, ms);
    const timer = { cancel: scheduler.after(ms ?? 0, owner, run), unref: () => timer };
    return timer;
  };
  const clear = (timer: ReturnType<typeof setTimeout> | ReturnType<typeof set>) => {
    if (typeof timer === 'object' && 'cancel' in timer) timer.cancel();
    else clearTimeout(timer);
  };
  Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
  return () => void Object.assign(globalThis, { setTimeout, clearTimeout });
}
