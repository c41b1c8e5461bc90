import type { Scheduler } from './scheduler.ts';

/**
 * Runs the timers of simulated processes on virtual time until the returned function is called. The breaker sets timers
 * of its own, which belong to the process whose event is running. Other timers are unchanged.
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
